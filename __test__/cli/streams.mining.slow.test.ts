/** Commands with different streams: terminals, pipes whose reader closes them, and full disks. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { inheritedVariables, MAIN } from './run.ts';

// The command "script" of util-linux creates a terminal. /dev/full and /proc exist only on Linux.
const linux = process.platform === 'linux' ? describe : describe.skip;
/** Ends a command that hangs. No command here takes a tenth of this time. */
const GUARD = { timeout: 60_000, killSignal: 'SIGKILL' } as const;
const ESCAPE = '\u001b';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'qanto-streams-'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true });
});

function shell(script: string, variables: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> {
  const qanto = `qanto() { ${process.execPath} ${MAIN} "$@"; }\n`;
  return spawnSync('bash', ['-c', qanto + script], {
    cwd,
    encoding: 'utf8',
    env: { ...inheritedVariables(), TERM: 'xterm', ...variables },
    ...GUARD,
  });
}

/** The output of a command on a terminal with this number of columns. */
function onTerminal(columns: number, args: string, variables: NodeJS.ProcessEnv = {}): string {
  const command = `stty cols ${columns} rows 24; ${process.execPath} ${MAIN} ${args}`;
  return shell(`script -qec ${JSON.stringify(command)} /dev/null </dev/null`, variables).stdout;
}

linux('A terminal', () => {
  test('of 40 columns shows no wider line of the status', () => {
    const frames = stripVTControlCharacters(onTerminal(40, 'mine --blocks 2 --log-level error'));
    const lines = frames.split(/\r?\n/).filter((line) => /^ {2}\w/.test(line));
    expect(lines.length).toBeGreaterThan(5);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
  });

  test('of 80 columns shows the log without a line break inside a hash', () => {
    const output = stripVTControlCharacters(onTerminal(80, 'mine --blocks 2'));
    const lines = output.split(/\r?\n/);
    expect(lines.filter((line) => /^ +sink=[0-9a-f]{64}( |$)/.test(line))).toHaveLength(2);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('with LC_ALL=C shows only ASCII', () => {
    const output = onTerminal(30, 'mine --blocks 2', { LC_ALL: 'C' });
    expect(output).toContain('qanto devnet - ');
    expect(output).toContain('...');
    expect(output).not.toMatch(/\P{ASCII}/u);
    expect(onTerminal(80, 'bench --seconds 0.3', { LC_ALL: 'C' })).not.toMatch(/\P{ASCII}/u);
  });

  test('that does not know its size shows the status as lines', () => {
    const output = onTerminal(0, 'mine --blocks 2');
    expect(output).toMatch(/Z stopped after .*: 2 blocks mined/);
    expect(output).not.toContain(ESCAPE);
  });

  test('of 40 columns shows the values of the configuration below their keys', () => {
    expect(onTerminal(40, 'config')).toMatch(/^network\r?\n {2}devnet\r?\n {2}default\r?$/m);
  });

  test.each([
    ['colour by default', '', {}, true],
    ['no colour with NO_COLOR', '', { NO_COLOR: '1' }, false],
    ['no colour with --no-color', '--no-color', { FORCE_COLOR: '1' }, false],
    ['no colour with TERM=dumb', '', { TERM: 'dumb' }, false],
  ])('shows the output of qanto bench with %s', (_, flag, variables, expected) => {
    const table = onTerminal(80, `bench --seconds 0.3 ${flag}`, variables);
    expect(table).toContain('M/CPU-s');
    expect(table.includes(`${ESCAPE}[1m`)).toBe(expected);
  });
});

test('qanto bench prints colour into a pipe with FORCE_COLOR', () => {
  const { stdout } = shell('qanto bench --seconds 0.3', { FORCE_COLOR: '1' });
  expect(stdout).toContain(`${ESCAPE}[1m`);
});

test.each(['bench --seconds 0.3', 'config', '--help', 'mine --json'])(
  'qanto %s does not fail when the reader of its output closes the pipe',
  (args) => {
    const { stdout, stderr } = shell(`qanto ${args} | head -1 >/dev/null; echo \${PIPESTATUS[0]}`);
    expect({ code: stdout, crash: /EPIPE|node:internal/.test(stderr) }).toEqual({
      code: '0\n',
      crash: false,
    });
  },
);

linux('The command qanto', () => {
  test.each([
    [['config'], /^error: ENOSPC: no space left on device, write \[ENOSPC\]\n$/],
    [['config', '--json'], /^\{.*"code":"ENOSPC".*"exitCode":1.*\}\n$/],
  ])('%s prints the error of a full device and exits with 1', (args, says) => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
      cwd,
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
      ...GUARD,
    });
    closeSync(full);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(says) });
  });

  test('mine ends with an error that names --data-dir if the data directory cannot be created', () => {
    const { status, stderr } = shell('qanto mine --data-dir /proc/none/chain --blocks 1');
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^error: .*--data-dir.* \[ERR_QANTO_STORE_FAILED\]\n$/),
    });
  });

  test('diagnose ends with an error before it measures if its directory is not writable', () => {
    const { status, stderr } = shell('touch file; qanto diagnose --quick --out file');
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringMatching(/^error: --out must be a writable directory .*\n$/),
    });
  });
});
