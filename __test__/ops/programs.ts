/** Tests that need a program of the system: skipped, loudly, where it is not installed; in CI on Linux that fails. */
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, it } from '@jest/globals';

export function describeWithPrograms(name: string, programs: readonly string[], tests: () => void): void {
  const missing = programs.filter((program) => spawnSync(program, ['--version']).error);
  if (missing.length === 0) {
    describe(name, tests);
    return;
  }
  const message = `not installed: ${missing.join(', ')} (Debian's package prometheus has both)`;
  const fail = (): never => {
    throw new Error(message);
  };
  // Only for Linux does CI install them.
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

/** What a program says when it succeeds; else an error with all it says. */
export function output(program: string, args: readonly string[], input = ''): string {
  try {
    return execFileSync(program, args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program} ${args.join(' ')}: ${stdout}${stderr}`);
  }
}
