/** Emits an event. An error that a listener throws becomes an uncaught exception and does not stop the DAG. */
export function emitSafely(emit: () => void): void {
  try {
    emit();
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}
