/**
 * Work that would block the event loop for too long is written as a generator, which yields wherever the work may pause.
 * Its steps run either without a pause, or in slices between which the event loop runs.
 */
const { setImmediate: nextTurn } = process.getBuiltinModule('node:timers/promises');

/** The time after which a slice ends at the next pause, in ms. */
const SLICE_MS = 3;

/** Work that may pause wherever it yields, and its result. */
export type Steps<T> = Generator<void, T, void>;

/** Runs all steps without a pause. */
export function runAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Runs pieces of work in slices, one after the other, so that many small pieces do not block the event loop either. */
export class Slices {
  #endMs = performance.now() + SLICE_MS;

  /** Runs the steps. Before each step, the event loop gets a turn if the slice is over. */
  async run<T>(steps: Steps<T>): Promise<T> {
    return this.start(steps);
  }

  /**
   * As {@link run}, but the result is no promise, and an error is thrown directly, if the steps end before the slice does.
   * Most steps are so short that the promises would cost more than they do.
   */
  start<T>(steps: Steps<T>): T | Promise<T> {
    while (performance.now() < this.#endMs) {
      const { done, value } = steps.next();
      if (done) return value;
    }
    return this.#finish(steps);
  }

  async #finish<T>(steps: Steps<T>): Promise<T> {
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
