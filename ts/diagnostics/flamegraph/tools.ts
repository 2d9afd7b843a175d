import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { UnsupportedError } from '../../errors.ts';
import { PROJECT_ROOT } from '../checkout.ts';

/** Where `npm run flamegraphs` puts the addon that is built for profiling: with frame pointers and all symbols. */
const PROFILING_BINARY = path.join(PROJECT_ROOT, 'target/profiling/qanto.node');
/** Where it installs inferno. */
const TOOLS = path.join(PROJECT_ROOT, 'target/tools/bin');

/** The addon built for profiling, where there is one. */
export function profilingBinary(): string | undefined {
  return existsSync(PROFILING_BINARY) ? PROFILING_BINARY : undefined;
}

/** One of inferno's programs: the checkout's, else whatever is in the PATH. Throws `UNSUPPORTED` if there is none. */
export function inferno(program: 'inferno-collapse-perf' | 'inferno-flamegraph'): string {
  const own = path.join(TOOLS, program);
  if (existsSync(own)) return own;
  if (spawnSync(program, ['--help'], { stdio: 'ignore' }).status === 0) return program;
  throw new UnsupportedError(
    'drawing flamegraphs without inferno',
    'run "cargo install inferno", or "npm run flamegraphs" in a checkout',
  );
}

/** Why perf cannot record here; undefined if it can. */
export function perfObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'perf exists on Linux only';
  const args = ['record', '-o', '/dev/null', '-e', 'cpu-clock', '--', 'true'];
  const { status, error } = spawnSync('perf', args, { stdio: 'ignore' });
  if (error) return 'perf is not installed';
  return status === 0 ? undefined : 'perf is not permitted (kernel.perf_event_paranoid)';
}
