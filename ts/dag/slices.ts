/**
 * Work that would block the event loop for too long is written as a generator that yields wherever it may pause. Such
 * steps run either in one go or in slices between which the event loop runs.
 */
const { setImmediate: nextTurn } = process.getBuiltinModule('node:timers/promises');

/** The time after which a slice ends at the next pause, in ms. */
const SLICE_MS = 5;

/** Work that may pause wherever it yields, and its result. */
export type Steps<T> = Generator<void, T, void>;

/** Runs all steps without a pause. */
export function runAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Slices for several pieces of work in succession, so that many small pieces do not block the event loop either. */
export class Slices {
  #endMs = performance.now() + SLICE_MS;

  /** Runs the steps. The event loop gets a turn at a pause, or before the first step, if the slice is over. */
  async run<T>(steps: Steps<T>): Promise<T> {
    for (;;) {
      if (performance.now() >= this.#endMs) {
        await nextTurn();
        this.#endMs = performance.now() + SLICE_MS;
      }
      const { done, value } = steps.next();
      if (done) return value;
    }
  }
}
