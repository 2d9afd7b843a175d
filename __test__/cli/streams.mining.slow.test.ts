/** What commands do with the streams they are given: terminals of all sorts, readers that leave, disks that are full. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { inheritedVariables, MAIN } from './run.ts';

// A terminal is made by util-linux's "script"; /dev/full and /proc are Linux's.
const linux = process.platform === 'linux' ? describe : describe.skip;
/** A hang must not hang the suite; nothing here takes a tenth of it. */
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

/** What a terminal with so many columns is sent. */
function onTerminal(columns: number, args: string, variables: NodeJS.ProcessEnv = {}): string {
  const command = `stty cols ${columns} rows 24; ${process.execPath} ${MAIN} ${args}`;
  return shell(`script -qec ${JSON.stringify(command)} /dev/null </dev/null`, variables).stdout;
}

linux('on a terminal', () => {
  test('of 40 columns the status has no wider line', () => {
    const frames = stripVTControlCharacters(onTerminal(40, 'mine --blocks 2 --log-level error'));
    const lines = frames.split(/\r?\n/).filter((line) => /^ {2}\w/.test(line));
    expect(lines.length).toBeGreaterThan(5);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
  });

  test('that does not know its size the status is lines', () => {
    const output = onTerminal(0, 'mine --blocks 2');
    expect(output).toMatch(/Z stopped after .*: 2 blocks mined/);
    expect(output).not.toContain(ESCAPE);
  });

  test('of 40 columns the configuration has its values below their keys', () => {
    expect(onTerminal(40, 'config')).toMatch(/^network\r?\n {2}devnet\r?\n {2}default\r?$/m);
  });

  test.each([
    ['colour by default', '', {}, true],
    ['no colour with NO_COLOR', '', { NO_COLOR: '1' }, false],
    ['no colour with --no-color', '--no-color', { FORCE_COLOR: '1' }, false],
    ['no colour when it is dumb', '', { TERM: 'dumb' }, false],
  ])('bench prints %s', (_, flag, variables, expected) => {
    const table = onTerminal(80, `bench --seconds 0.3 ${flag}`, variables);
    expect(table).toContain('M/CPU-s');
    expect(table.includes(`${ESCAPE}[1m`)).toBe(expected);
  });
});

test('bench prints colour into a pipe with FORCE_COLOR', () => {
  const { stdout } = shell('qanto bench --seconds 0.3', { FORCE_COLOR: '1' });
  expect(stdout).toContain(`${ESCAPE}[1m`);
});

test.each(['bench --seconds 0.3', 'config', '--help', 'mine --json'])(
  'a reader that leaves is no failure of %s',
  (args) => {
    const { stdout, stderr } = shell(`qanto ${args} | head -1 >/dev/null; echo \${PIPESTATUS[0]}`);
    expect({ code: stdout, crash: /EPIPE|node:internal/.test(stderr) }).toEqual({
      code: '0\n',
      crash: false,
    });
  },
);

linux('where nothing can be written', () => {
  test.each([
    [['config'], /^error: ENOSPC: no space left on device, write \[ENOSPC\]\n$/],
    [['config', '--json'], /^\{.*"code":"ENOSPC".*"exitCode":1.*\}\n$/],
  ])('%s says so and exits with 1', (args, says) => {
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

  test('mining into a place where no directory can be made ends with an error', () => {
    const { status, stderr } = shell('qanto mine --data-dir /proc/none/chain --blocks 1');
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining('[ERR_QANTO_STORE_FAILED]'),
    });
  });

  test('diagnose says so before it measures', () => {
    const { status, stderr } = shell('touch file; qanto diagnose --quick --out file');
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringMatching(/^error: --out must be a folder that can be written .*\n$/),
    });
  });
});
