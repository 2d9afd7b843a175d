/** Tests that need an installed program. Without the program they are skipped with a message; in CI on Linux they fail. */
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, it } from '@jest/globals';

export function describeWithPrograms(name: string, programs: readonly string[], tests: () => void): void {
  const missing = programs.filter((program) => spawnSync(program, ['--version']).error);
  if (missing.length === 0) {
    describe(name, tests);
    return;
  }
  const message = `not installed: ${missing.join(', ')} (Debian's packages prometheus, faketime, redis-server and chromium-headless-shell have them)`;
  const fail = (): never => {
    throw new Error(message);
  };
  // CI installs them only on Linux.
  if (process.env['CI'] && process.platform === 'linux') {
    describe(name, () => {
      it('has its programs, which CI must install', fail);
    });
    return;
  }
  process.stderr.write(`\n*** SKIPPED: ${name}: ${message}\n\n`);
  describe.skip(name, () => {
    it('needs its programs', fail);
  });
}

/** The standard output of a program. Throws an error with the whole output if the program fails. */
export function output(program: string, args: readonly string[], input = ''): string {
  try {
    return execFileSync(program, args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program} ${args.join(' ')}: ${stdout}${stderr}`);
  }
}
