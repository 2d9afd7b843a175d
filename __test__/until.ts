/** Waits for what the program does in its own time, however long that takes on this machine. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach } from '@jest/globals';

let ending = new AbortController();

// A wait that outlived its test would keep the process busy for ever.
afterEach(() => {
  ending.abort();
  ending = new AbortController();
});

/** Lets the event loop run until the condition holds. Only the time limit of the test ends the wait before that. */
export async function until(holds: () => boolean): Promise<void> {
  const { signal } = ending;
  while (!holds()) {
    signal.throwIfAborted();
    await nextTurn();
  }
}
