import { native } from '../native.ts';

/** How many threads a job uses unless told otherwise: 75 % of the cores this process may use, at least 1. */
export function defaultThreads(): number {
  return native().defaultThreads();
}
