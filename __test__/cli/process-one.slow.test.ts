/** Signals to the command as process 1, as in a container: the kernel drops those that have no listener. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { inheritedVariables, MAIN } from './run.ts';

/** The arguments of `unshare` for a new pid namespace, as root or else in a user namespace. Undefined if neither is permitted. */
const NAMESPACE = [
  ['--pid', '--fork', '--kill-child'],
  ['--user', '--map-root-user', '--pid', '--fork', '--kill-child'],
].find((args) => spawnSync('unshare', [...args, 'true']).status === 0);
if (!NAMESPACE) process.stderr.write('skipped: this machine does not permit a new pid namespace\n');
const describeHere = NAMESPACE ? describe : describe.skip;

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'qanto-process-one-'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true });
});

/** The pid, outside of the namespace, of the process that `unshare` has started. */
function processOne(unshare: number): number | undefined {
  const [child] = readFileSync(`/proc/${unshare}/task/${unshare}/children`, 'utf8').split(' ');
  return child ? Number(child) : undefined;
}

describeHere('As process 1, qanto', () => {
  test.each([
    ['solve', 'SIGINT', 130],
    ['solve', 'SIGTERM', 143],
    ['verify', 'SIGINT', 130],
    ['verify', 'SIGTERM', 143],
  ] as const)(
    '%s - ends on %s while it waits for standard input, with exit code %d',
    async (command, signal, code) => {
      const unshare = spawn('unshare', [...NAMESPACE!, process.execPath, MAIN, command, '-'], {
        cwd,
        env: inheritedVariables(),
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      const exit = once(unshare, 'exit');
      // The command says nothing while it waits. A signal before it listens is dropped, so signals are sent until it ends.
      while (unshare.exitCode === null) {
        const pid = processOne(unshare.pid!);
        if (pid !== undefined) killIfRunning(pid, signal);
        await setImmediate();
      }
      expect(await exit).toEqual([code, null]);
    },
  );
});

function killIfRunning(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has ended meanwhile.
    expect(error).toMatchObject({ code: 'ESRCH' });
  }
}
