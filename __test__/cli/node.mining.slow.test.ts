import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { QantoDag } from '../../ts/dag/index.ts';
import { Running, run } from './run.ts';

let cwd: string;
let dataDir: string;

beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'qanto-cli-'));
  dataDir = path.join(cwd, 'chain');
});

afterEach(() => {
  rmSync(cwd, { recursive: true });
});

const args = (...more: string[]) => ['node', '--data-dir', dataDir, ...more];

function lastJson(stdout: string) {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
}

async function stored() {
  const dag = await QantoDag.open({ network: 'devnet', dataDir });
  const found = { blocks: dag.info().blockCount, sink: dag.sink(), order: [...dag.order()] };
  await dag.close();
  return found;
}

describe('The command qanto node', () => {
  test('mines five blocks and stops with --blocks 5', async () => {
    const { code, stdout } = await run(args('--blocks', '5', '--json'), { cwd });
    expect(code).toBe(0);
    expect(lastJson(stdout)).toMatchObject({ type: 'summary', blocks: 6, miner: { counts: { mined: 5 } } });
    expect(await stored()).toMatchObject({ blocks: 6, sink: lastJson(stdout).sink });
  });

  test('stores its chain in .qanto/devnet by default', async () => {
    await run(['node', '--blocks', '1'], { cwd });
    dataDir = path.join(cwd, '.qanto', 'devnet');
    expect(await stored()).toMatchObject({ blocks: 2 });
  });

  test('mines the same chain with a seed in two runs of 3 blocks as in one run of 6', async () => {
    const variables = { QANTO_TEST_MINING_SEED: '7' };
    await run(args('--blocks', '3'), { cwd, variables });
    const { stdout } = await run(args('--blocks', '3', '--json'), { cwd, variables });
    const atOnce = await run(
      ['node', '--blocks', '6', '--json', '--threads', '1', '--data-dir', `${dataDir}-2`],
      {
        cwd,
        variables,
      },
    );
    expect(lastJson(stdout).blocks).toBe(7);
    expect(lastJson(stdout).sink).toBe(lastJson(atOnce.stdout).sink);
  });

  test('writes no escape codes if stdout is not a terminal', async () => {
    const node = new Running(args(), { cwd, variables: { FORCE_COLOR: '1' } });
    await node.lines(2);
    node.child.kill('SIGINT');
    const { stdout, stderr } = await node.finished;
    expect(stdout + stderr).not.toContain('\u001b');
    expect(stdout).toMatch(/^\d{4}-\S+Z mining, up .*: blocks [\d,]+ \(/);
  });
});

describe('The log of qanto node', () => {
  const log = (stderr: string) => stderr.trimEnd().split('\n');

  test('is lines of JSON if stderr is not a terminal', async () => {
    const { stderr } = await run(args('--blocks', '1'), { cwd });
    expect(log(stderr).map((line) => JSON.parse(line).message)).toEqual(expect.arrayContaining(['stopped']));
  });

  test('is text with --log-format text', async () => {
    const { stderr } = await run(args('--blocks', '1', '--log-format', 'text'), { cwd });
    expect(stderr).toMatch(/Z info {2}node: stopped sink=/);
  });

  test('includes the jobs of the solver if QANTO_LOG enables them', async () => {
    const variables = { QANTO_LOG: 'info' };
    const { stderr } = await run(args('--blocks', '1'), { cwd, variables });
    const ofSolver = log(stderr)
      .map((line) => JSON.parse(line))
      .filter(({ module }) => module === 'pow');
    expect(ofSolver.at(-1)).toMatchObject({ message: 'solve_pow', level: 'info', algorithm: 'sha256d' });
  });

  test('has only the error if QANTO_LOG is invalid, and nothing is started', async () => {
    const { code, stderr } = await run(args(), { cwd, variables: { QANTO_LOG: 'qanto_pow=loud' } });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^error: .*"qanto_pow=loud" \(from variable QANTO_LOG\).*\[ERR_QANTO_INVALID_TRACE_FILTER\]\n$/,
    );
    expect(existsSync(dataDir)).toBe(false);
  });
});

describe('The command qanto mine', () => {
  test('mines into the same store as the node, without a server', async () => {
    const mined = await run(['mine', '--data-dir', dataDir, '--blocks', '4', '--json'], { cwd });
    expect({ code: mined.code, ...lastJson(mined.stdout) }).toMatchObject({ code: 0, blocks: 5 });
    expect(mined.stderr).not.toContain('serving');
    const { stdout, stderr } = await run(args('--blocks', '2', '--json', '--server-port', '0'), { cwd });
    expect(lastJson(stdout)).toMatchObject({ blocks: 7 });
    expect(stderr).toContain('"url":"http://127.0.0.1:');
  });

  test('accepts the file that qanto init wrote', async () => {
    await run(['init', '--network', 'regtest', '--data-dir', dataDir], { cwd });
    const { code, stdout } = await run(['mine', '--blocks', '1', '--json'], { cwd });
    expect({ code, ...lastJson(stdout) }).toMatchObject({ code: 0, network: 'regtest', blocks: 2 });
    expect(existsSync(path.join(dataDir, 'blocks.db'))).toBe(true);
  });

  test('has no flags of the server', async () => {
    const { code, stderr } = await run(['mine', '--server-port', '0'], { cwd });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('--server-port') });
  });
});

describe('The signal', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s stops the node with every block stored, and the next run continues from there',
    async (signal) => {
      const node = new Running(args('--json'), { cwd });
      await node.lines(1);
      node.child.kill(signal);
      const { code, stdout } = await node.finished;
      expect(code).toBe(0);
      const summary = lastJson(stdout);
      const before = await stored();
      expect(summary).toMatchObject({ type: 'summary', blocks: before.blocks, sink: before.sink });
      expect(before.blocks).toBeGreaterThan(1);

      await run(args('--blocks', '3'), { cwd });
      const after = await stored();
      expect(after.blocks).toBe(before.blocks + 3);
      expect(after.order.slice(0, before.order.length)).toEqual(before.order);
    },
  );

  test('SIGINT counts once if it is repeated immediately, as npm does on Ctrl-C', async () => {
    const node = new Running(args('--json'), { cwd });
    await node.lines(1);
    node.child.kill('SIGINT');
    node.child.kill('SIGINT');
    const { code, stdout } = await node.finished;
    expect({ code, type: lastJson(stdout).type }).toEqual({ code: 0, type: 'summary' });
  });
});

describe('A node', () => {
  test('stops without a crash when the reader of stdout closes it', async () => {
    const node = new Running(args('--json'), { cwd });
    await node.lines(1);
    node.child.stdout?.destroy();
    const { code, stderr } = await node.finished;
    expect({ code, crash: /EPIPE|Error/.test(stderr) }).toEqual({ code: 0, crash: false });
    expect((await stored()).blocks).toBeGreaterThan(1);
  });

  test('whose configured port is in use ends with exit code 1 and one line that names server.port', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const { code, stderr } = await run(args('--server-port', String(port), '--blocks', '1'), { cwd });
    holder.close();
    expect({ code, lines: stderr.trimEnd().split('\n') }).toEqual({
      code: 1,
      lines: [expect.stringMatching(/server\.port.*\[ERR_QANTO_ADDRESS_IN_USE\]$/)],
    });
    expect(existsSync(dataDir)).toBe(false);
  });

  test('whose data directory is in use ends with exit code 1 and one line that names --data-dir', async () => {
    const node = new Running(args('--json'), { cwd });
    await node.lines(1);
    const { code, stderr } = await run(args(), { cwd });
    node.child.kill('SIGINT');
    await node.finished;
    expect(code).toBe(1);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/--data-dir.* \[ERR_QANTO_STORE_LOCKED\]$/m);
  });
});
