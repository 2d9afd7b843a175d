import { seededEnvironment } from '../environment.ts';

/** Numbers in [0, 1) that depend only on the seed, for simulations. */
export function seededNumbers(seed: number): () => number {
  const { entropy } = seededEnvironment(seed);
  let drawn = 0;
  return () => entropy.uint32('net', drawn++) / 2 ** 32;
}
