import { availableParallelism, cpus } from 'node:os';
import { ALGORITHMS, type Kernel, type Platform, platform } from 'qanto';
import { measureKernels, version } from 'qanto/internal';
import { unsolvableHeader } from './kernel-subjects.ts';

/** The machine on which figures were measured. */
export interface Machine extends Platform {
  readonly cpu: string;
  /** Cores this process may use. */
  readonly cores: number;
  /** Such as `linux`. */
  readonly operatingSystem: string;
  /** Version of Node, such as `v22.12.0`. */
  readonly node: string;
  readonly qanto: string;
}

/** Describes this machine. `kernel` is the kernel that searches will use. Throws the errors of `platform`. */
export function machine(kernel?: Kernel): Machine {
  return {
    cpu: cpus()[0]?.model.trim() || 'unknown',
    cores: availableParallelism(),
    operatingSystem: process.platform,
    node: process.version,
    qanto: version,
    ...platform(kernel),
  };
}

/**
 * Describes this machine after its kernels have been measured for a header with each hash function, unless a kernel is
 * requested. This takes up to about 25 ms for each hash function.
 */
export function measuredMachine(kernel?: Kernel): Machine {
  for (const algorithm of ALGORITHMS) measureKernels(unsolvableHeader(algorithm), kernel);
  return machine(kernel);
}
