import { native, type PoolStatus } from '../native.ts';

export type { PoolStatus };

/** The ways to scan nonces, the fastest first; not every machine can run each. */
export const KERNELS = ['avx512', 'sha-ni', 'avx2', 'portable'] as const;
export type Kernel = (typeof KERNELS)[number];

/** The kernels this machine can run, the fastest first. A search takes the first that knows its template's shape. */
export function availableKernels(): Kernel[] {
  const available = native().kernels();
  return KERNELS.filter((kernel) => available.includes(kernel));
}

/** How many threads a job uses unless told otherwise: 75 % of the cores this process may use, at least 1. */
export function defaultThreads(): number {
  return native().defaultThreads();
}

/** What the process's hashing threads are doing, for all its workers. Throws `NATIVE_UNAVAILABLE`. */
export function poolStatus(): PoolStatus {
  return native().poolStatus();
}
