/** The commands that work on the data directory of a node: beside a node that is mining, and without one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { inheritedVariables, MAIN, Running, run } from './run.ts';

let cwd: string;
let node: Running | undefined;

const on = (dataDir: string, ...args: string[]) => [...args, '--network', 'regtest', '--data-dir', dataDir];
const start = (...args: string[]) => run(on('chain', ...args), { cwd });
const json = async (...args: string[]) => {
  const finished = await start(...args, '--json');
  if (finished.code !== 0) throw new Error(finished.stderr);
  return JSON.parse(finished.stdout);
};

beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'qanto-store-commands-'));
});

afterEach(async () => {
  node?.child.kill('SIGKILL');
  await node?.finished;
  node = undefined;
  rmSync(cwd, { recursive: true });
});

/** Mines this number of blocks, and stops. */
async function mine(blocks: number): Promise<void> {
  const { code, stderr } = await run(on('chain', 'mine', '--blocks', String(blocks)), { cwd });
  if (code !== 0) throw new Error(stderr);
}

/** Starts a node that mines until the end of the test. Resolves when it is mining. */
async function startNode(): Promise<void> {
  node = new Running(on('chain', 'mine', '--threads', '1', '--json'), { cwd });
  await node.lines(1);
}

const blockCount = async () => (await json('inspect')).blockCount as number;

describe('A node that is mining', () => {
  beforeEach(async () => {
    await mine(1);
    await startNode();
  });

  test('is paused and resumed by commands, and gets another number of threads', async () => {
    expect(await json('pause')).toMatchObject({ state: 'paused', threads: 1, hashesPerSecond: 0 });
    const before = await blockCount();
    expect(await json('threads', '2')).toMatchObject({ state: 'paused', threads: 2 });
    expect(await json('threads', 'default')).toMatchObject({ threads: 'default' });
    expect(await blockCount()).toBe(before);
    expect((await start('resume')).stdout).toMatch(/^state +mining$/m);
    while ((await blockCount()) === before);
    expect(await json('threads')).toMatchObject({ state: 'mining', circuit: 'closed' });
  });

  test('is paused by SIGUSR2, resumed by the next one, and stopped by SIGTERM while it is paused', async () => {
    const stateIs = async (state: string) => {
      while ((await json('threads')).state !== state);
    };
    for (const state of ['paused', 'mining', 'paused']) {
      node!.child.kill('SIGUSR2');
      await stateIs(state);
    }
    node!.child.kill('SIGTERM');
    expect(await node!.finished).toMatchObject({ code: 0 });
    expect(await start('pause', '--json')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"code":"ERR_QANTO_NO_NODE"'),
    });
  });

  test('refuses a number of threads that is out of range', async () => {
    expect(await start('threads', '257')).toMatchObject({ code: 2, stderr: expect.stringContaining('257') });
  });
});

describe.each(['beside a node that is mining', 'without a node'])('Commands %s', (where) => {
  beforeEach(async () => {
    await mine(300);
    if (where === 'beside a node that is mining') await startNode();
  });

  // The node must still be mining when the command has ended.
  afterEach(async () => {
    if (where === 'without a node') return;
    const before = await blockCount();
    while ((await blockCount()) === before);
    node!.child.kill('SIGTERM');
    expect(await node!.finished).toMatchObject({ code: 0 });
    node = undefined;
    expect(await json('check')).toMatchObject({ sound: true });
  });

  test('show the DAG', async () => {
    expect(await blockCount()).toBeGreaterThanOrEqual(301);
    const text = await start('inspect');
    expect(text).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^blockCount +\d+$/m) });
    const { tips } = await json('inspect', 'tips');
    expect(tips[0].hash).toMatch(/^[0-9a-f]{64}$/);
    const { blocks } = await json('inspect', 'chain', '--count', '3');
    expect(blocks).toHaveLength(3);
    expect((await start('inspect', 'order', '--from', '299', '--count', '2')).stdout).toMatch(
      /^299 {2}[0-9a-f]{64} .*\n300 {2}[0-9a-f]{64} .*\n$/,
    );
    const { hash } = blocks[2];
    expect(await json('inspect', hash)).toMatchObject({ hash, contents: { payloads: 0 } });
    expect((await start('inspect', hash.toUpperCase())).stdout).toMatch(new RegExp(`^hash +${hash}$`, 'm'));
    expect(await start('inspect', '00'.repeat(32))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[ERR_QANTO_BLOCK_NOT_FOUND]'),
    });
  });

  test('check every block', async () => {
    const { sound, blocks, withoutPast } = await json('check');
    expect({ sound, withoutPast }).toEqual({ sound: true, withoutPast: 0 });
    expect(blocks).toBeGreaterThanOrEqual(300);
  });

  test('make a backup, which is sound, and restore it', async () => {
    const backup = await json('backup', 'copy');
    expect(backup.heldBlocks).toBeGreaterThanOrEqual(300);
    expect(backup.target).toBe(path.join(cwd, 'copy'));
    expect(await run(on('copy', 'check', '--json'), { cwd })).toMatchObject({ code: 0 });
    const restored = await run(on('new', 'restore', 'copy', '--json'), { cwd });
    expect(JSON.parse(restored.stdout)).toMatchObject({ heldBlocks: backup.heldBlocks });
    const mined = await run(on('new', 'mine', '--blocks', '1', '--json'), { cwd });
    expect(JSON.parse(mined.stdout.trimEnd().split('\n').at(-1)!)).toMatchObject({
      blocks: backup.heldBlocks + 2,
    });
    expect(readdirSync(cwd).sort()).toEqual(['chain', 'copy', 'new']);
  });

  test('refuse a target that exists', async () => {
    mkdirSync(path.join(cwd, 'copy'));
    expect(await start('backup', 'copy')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[ERR_QANTO_STORE_TARGET_EXISTS]'),
    });
    await json('backup', 'other');
    expect(await start('restore', 'other')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[ERR_QANTO_STORE_TARGET_EXISTS]'),
    });
  });

  test('export the blocks, and import them', async () => {
    const pipe = spawn(
      'sh',
      [
        '-c',
        '"$NODE" "$MAIN" export --network regtest --data-dir chain | "$NODE" "$MAIN" import --network regtest --data-dir new --json',
      ],
      {
        cwd,
        env: { ...inheritedVariables(), NODE: process.execPath, MAIN },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let stdout = '';
    pipe.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    expect(await once(pipe, 'close')).toEqual([0, null]);
    const { added } = JSON.parse(stdout);
    expect(added).toBeGreaterThanOrEqual(300);
    expect(JSON.parse((await run(on('new', 'inspect', '--json'), { cwd })).stdout).blockCount).toBe(
      added + 1,
    );
    expect(readdirSync(cwd).sort()).toEqual(['chain', 'new']);
  });

  test('import blocks that the DAG has already', async () => {
    const exported = await exportTo('blocks');
    const imported = await importFrom(exported, 'chain');
    expect(JSON.parse(imported.stdout)).toMatchObject({ added: 0, belowPruningPoint: 0 });
    expect(JSON.parse(imported.stdout).known).toBeGreaterThanOrEqual(300);
  });

  test('end without an error when the reader of the export has gone', async () => {
    const running = new Running(on('chain', 'export', '--json'), { cwd });
    running.child.stdout!.once('data', () => running.child.stdout!.destroy());
    expect(await running.finished).toMatchObject({ code: 0, stderr: '' });
  });
});

/** Exports the chain to a file, and returns its path. */
async function exportTo(name: string): Promise<string> {
  const file = path.join(cwd, name);
  const shell = spawn('sh', ['-c', '"$NODE" "$MAIN" export --network regtest --data-dir chain > "$FILE"'], {
    cwd,
    env: { ...inheritedVariables(), NODE: process.execPath, MAIN, FILE: file },
    stdio: 'inherit',
  });
  expect(await once(shell, 'close')).toEqual([0, null]);
  return file;
}

function importFrom(file: string, dataDir: string, bytes: Uint8Array = readFileSync(file)) {
  const running = new Running(on(dataDir, 'import', '--json'), { cwd, stdin: 'pipe' });
  // The command may refuse the input before it has read all of it.
  running.child.stdin!.on('error', () => {});
  running.child.stdin!.end(bytes);
  return running.finished;
}

describe('An import', () => {
  beforeEach(() => mine(40));

  test.each([
    ['is truncated', (bytes: Buffer) => bytes.subarray(0, -50), 'ERR_QANTO_IMPORT_TRUNCATED'],
    ['was changed', (bytes: Buffer) => bytes.fill(1, 5000, 5001), 'ERR_QANTO_IMPORT_DAMAGED'],
    ['is text', () => Buffer.from('hello'), 'ERR_QANTO_IMPORT_FORMAT'],
    ['is empty', () => Buffer.alloc(0), 'ERR_QANTO_IMPORT_FORMAT'],
  ])('whose input %s fails, and leaves no data directory', async (_, change, code) => {
    const file = await exportTo('blocks');
    const { code: exitCode, stderr } = await importFrom(file, 'new', change(readFileSync(file)));
    expect({ exitCode, error: JSON.parse(stderr) }).toMatchObject({ exitCode: 1, error: { code } });
    expect(existsSync(path.join(cwd, 'new'))).toBe(false);
    // The next import continues where this one ended.
    expect((await importFrom(file, 'new')).code).toBe(0);
    expect(readdirSync(cwd).sort()).toEqual(['blocks', 'chain', 'new']);
  });

  test('of another network is refused', async () => {
    const file = await exportTo('blocks');
    const running = new Running(['import', '--data-dir', 'new', '--json'], { cwd, stdin: 'pipe' });
    running.child.stdin!.end(readFileSync(file));
    expect(JSON.parse((await running.finished).stderr)).toMatchObject({
      code: 'ERR_QANTO_IMPORT_WRONG_NETWORK',
      found: expect.stringContaining('regtest'),
    });
    expect(readdirSync(cwd).sort()).toEqual(['blocks', 'chain']);
  });

  test.each([
    ['SIGKILL', null],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('that %s ends leaves no data directory, and can be continued', async (signal, exitCode) => {
    const file = await exportTo('blocks');
    const bytes = readFileSync(file);
    const running = new Running(on('new', 'import'), { cwd, stdin: 'pipe' });
    running.child.stdin!.on('error', () => {});
    // The end of the input never comes.
    running.child.stdin!.write(bytes.subarray(0, -100));
    while (!existsSync(path.join(cwd, 'new.partial', 'blocks.db'))) await new Promise(setImmediate);
    running.child.kill(signal);
    expect((await running.finished).code).toBe(exitCode);
    expect(existsSync(path.join(cwd, 'new'))).toBe(false);
    const { code, stdout } = await importFrom(file, 'new');
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0 });
    expect(readdirSync(cwd).sort()).toEqual(['blocks', 'chain', 'new']);
  });
});

describe('A backup', () => {
  beforeEach(() => mine(2000));

  test('that SIGKILL ends leaves no directory that looks like a backup', async () => {
    let interrupted = 0;
    for (let kill = 0; kill < 5; kill++) {
      const running = new Running(on('chain', 'backup', 'copy'), { cwd });
      const partial = path.join(cwd, 'copy.partial');
      while (!existsSync(partial) && running.child.exitCode === null && !existsSync(path.join(cwd, 'copy'))) {
        await new Promise(setImmediate);
      }
      running.child.kill('SIGKILL');
      const { code } = await running.finished;
      // It may have been complete already.
      if (existsSync(path.join(cwd, 'copy'))) {
        expect(await run(on('copy', 'check'), { cwd })).toMatchObject({ code: 0 });
        rmSync(path.join(cwd, 'copy'), { recursive: true });
      } else {
        expect(code).toBeNull();
        interrupted += 1;
      }
    }
    expect(interrupted).toBeGreaterThan(0);
    await json('backup', 'copy');
    expect(readdirSync(cwd).sort()).toEqual(['chain', 'copy']);
    expect(await run(on('copy', 'check'), { cwd })).toMatchObject({ code: 0 });
  });

  test('is refused by a node that is stopped with SIGSTOP, with a reason', async () => {
    await startNode();
    node!.child.kill('SIGSTOP');
    const refused = await start('backup', 'copy', '--json');
    node!.child.kill('SIGCONT');
    expect({ code: refused.code, error: JSON.parse(refused.stderr) }).toMatchObject({
      code: 1,
      error: { code: 'ERR_QANTO_CONTROL_UNREACHABLE', message: expect.stringContaining('has not answered') },
    });
  });

  test('works after the node was killed, whose socket is dead', async () => {
    await startNode();
    node!.child.kill('SIGKILL');
    await node!.finished;
    expect(existsSync(path.join(cwd, 'chain', 'control.sock'))).toBe(true);
    expect(await json('backup', 'copy')).not.toHaveProperty('pid');
    await startNode();
    expect(await json('backup', 'copy2')).toMatchObject({ pid: node!.child.pid });
  });
});

describe('A check', () => {
  test('finds a block that was changed on disk', async () => {
    await mine(50);
    const file = path.join(cwd, 'chain', 'blocks.db');
    const bytes = readFileSync(file);
    // A page may also have an earlier copy of a record, which nothing refers to.
    const address = Buffer.from('dec0de00'.repeat(8), 'hex');
    let changed = 0;
    for (let at = bytes.indexOf(address); at !== -1; at = bytes.indexOf(address, at + 1)) {
      bytes[at]! ^= 1;
      changed += 1;
    }
    expect(changed).toBeGreaterThanOrEqual(50);
    writeFileSync(file, bytes);
    const { code, stderr } = await start('check', '--json');
    expect({ code, error: JSON.parse(stderr) }).toMatchObject({
      code: 1,
      error: { code: 'ERR_QANTO_STORE_DAMAGED' },
    });
  });
});

test('The commands create nothing where there is no store', async () => {
  for (const args of [['inspect'], ['check'], ['export', '--json'], ['backup', 'copy']]) {
    const { code, stderr } = await start(...args);
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/ERR_QANTO_NO_STORE/),
    });
  }
  expect(readdirSync(cwd)).toEqual([]);
});
