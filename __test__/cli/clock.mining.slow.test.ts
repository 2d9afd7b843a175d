/** The command with a clock that libfaketime sets while it runs. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { QantoDag } from '../../ts/dag/index.ts';
import { describeWithPrograms } from '../ops/programs.ts';
import { Running } from './run.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let cwd: string;
let node: Running;

beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'qanto-clock-'));
});

afterEach(async () => {
  node.child.kill('SIGKILL');
  await node.finished;
  rmSync(cwd, { recursive: true });
});

/** Sets the clock of the node, with a time in the syntax of libfaketime. The node never reads half of it. */
function setClock(time: string): void {
  writeFileSync(path.join(cwd, 'new-time'), `${time}\n`);
  renameSync(path.join(cwd, 'new-time'), path.join(cwd, 'time'));
}

function startNode(...args: string[]): void {
  const command = [
    'node',
    '--network',
    'regtest',
    '--data-dir',
    'chain',
    '--threads',
    '1',
    '--server-port',
    '0',
  ];
  const library = execFileSync('faketime', ['-m', '-f', '+0', 'printenv', 'LD_PRELOAD'], {
    encoding: 'utf8',
  });
  const variables = {
    LD_PRELOAD: library.trim(),
    FAKETIME_TIMESTAMP_FILE: path.join(cwd, 'time'),
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  node = new Running([...command, '--log-level', 'debug', ...args], { cwd, variables });
}

/** Resolves when the node has mined twenty blocks after this line of its log. */
async function minedOnAfter(message: string): Promise<void> {
  await node.errorOutputThat((stderr) => {
    const at = stderr.indexOf(message);
    return at >= 0 && stderr.slice(at).split('"mined a block"').length > 20;
  });
}

/** Stops the node. Returns the messages of its log about the clock. */
async function stop(): Promise<string[]> {
  node.child.kill('SIGTERM');
  const { code, stderr } = await node.finished;
  expect(code).toBe(0);
  const messages = stderr
    .trimEnd()
    .split('\n')
    .map((line): string => JSON.parse(line).message);
  return messages.filter((message) => /clock/.test(message));
}

/** The timestamps of the stored blocks, in the order of the DAG. */
async function timestamps(): Promise<number[]> {
  const dag = await QantoDag.open({ network: 'regtest', dataDir: path.join(cwd, 'chain') });
  const blocks = await Promise.all([...dag.order(), dag.sink()].map((hash) => dag.getBlock(hash)));
  await dag.close();
  return blocks.map((block) => block!.context.timestampMs);
}

describeWithPrograms('The command qanto node', ['faketime'], () => {
  test('mines no block that is ahead while its clock is a day ahead', async () => {
    setClock('+0');
    startNode();
    await minedOnAfter('mining');
    setClock('+1d');
    await minedOnAfter('the clock was set forward');
    setClock('+0');
    await minedOnAfter('the clock agrees');
    expect(await stop()).toEqual([
      expect.stringContaining('the clock was set forward'),
      'the clock agrees with the DAG again',
    ]);
    expect(Math.max(...(await timestamps()))).toBeLessThanOrEqual(Date.now());
  });

  test('mines on while its clock is a day behind, and uses the clock as soon as it is corrected', async () => {
    setClock('+0');
    startNode();
    await minedOnAfter('mining');
    setClock('-1d');
    await minedOnAfter('the clock is behind');
    setClock('+0');
    await minedOnAfter('the clock agrees');
    expect(await stop()).toEqual([
      expect.stringContaining('the clock is behind'),
      'the clock agrees with the DAG again',
    ]);
    const minedMs = (await timestamps()).slice(1);
    expect(Math.max(...minedMs)).toBeLessThanOrEqual(Date.now());
    expect(Math.min(...minedMs)).toBeGreaterThan(Date.now() - HOUR_MS);
  });

  test('mines on if it is started in 1970, and uses the clock as soon as it is set', async () => {
    setClock('-2h');
    startNode('--blocks', '40');
    expect(await node.finished).toMatchObject({ code: 0 });
    setClock('@1970-01-02 00:00:00');
    startNode();
    await minedOnAfter('the clock is behind');
    const setMs = Date.now();
    setClock('+0');
    await minedOnAfter('the clock agrees');
    expect(await stop()).toEqual([
      expect.stringContaining('the clock is behind'),
      'the clock agrees with the DAG again',
    ]);
    const all = await timestamps();
    expect(all.at(-1)).toBeGreaterThan(setMs);
    // The blocks before that continue the time of the DAG.
    const before = all.slice(1).filter((timestampMs) => timestampMs < setMs);
    expect(before.length).toBeGreaterThanOrEqual(60);
    expect(Math.max(...before)).toBeLessThan(setMs - 2 * HOUR_MS + 10 * MINUTE_MS);
  });
});
