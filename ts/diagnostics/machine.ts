import { availableParallelism, cpus } from 'node:os';
import { type Kernel, type Platform, platform } from 'qanto';
import { version } from 'qanto/internal';

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
