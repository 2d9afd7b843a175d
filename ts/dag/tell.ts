/** A listener that throws is its owner's bug: it surfaces as uncaught, and the DAG goes on. */
export function tell(emit: () => void): void {
  try {
    emit();
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}
