import { spawnSync } from 'node:child_process';
import { UnsupportedError } from 'qanto';

/** Returns the name of one of inferno's programs. Throws `ERR_QANTO_UNSUPPORTED` if it is not in the PATH. */
export function inferno(program: 'inferno-collapse-perf' | 'inferno-flamegraph'): string {
  if (spawnSync(program, ['--help'], { stdio: 'ignore' }).status === 0) return program;
  throw new UnsupportedError('drawing flamegraphs without inferno', 'run "cargo install inferno"');
}

/** The reason why perf cannot record on this machine; undefined if it can. */
export function perfObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'perf exists only on Linux';
  const args = ['record', '-o', '/dev/null', '-e', 'cpu-clock', '--', 'true'];
  const { status, error } = spawnSync('perf', args, { stdio: 'ignore' });
  if (error) return 'perf is not installed';
  return status === 0 ? undefined : 'perf is not permitted (kernel.perf_event_paranoid)';
}
