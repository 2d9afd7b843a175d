import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from './support.ts';

/** Mounts a file system that exists until the process ends. */
const MOUNT = 'mount -t tmpfs -o size=16m qanto "$1"';

const canMount =
  spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs qanto /tmp'], { stdio: 'ignore' }).status === 0;
if (!canMount) {
  if (process.env['CI'] === 'true') throw new Error('the tests of full disks need unshare and mount');
  process.stderr.write('skipped: full disks, which need unshare and mount\n');
}
const testOnTmpfs = canMount ? test : test.skip;
const testOnPosix = process.platform === 'win32' ? test.skip : test;

let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory.remove());

/**
 * Runs one scenario of the child after a shell command. The child must exit by itself with code 0 and write no errors.
 */
function run(scenario: string, prepare: string, mount = false): unknown {
  const script = `${prepare} && exec "$0" __test__/dag/store/full-disk-child.mjs ${scenario} "$1"`;
  const shell = ['sh', '-c', script, process.execPath, directory.path];
  const [command, ...args] = mount ? ['unshare', '-rm', ...shell] : shell;
  const { status, signal, stdout, stderr } = spawnSync(command!, args, { encoding: 'utf8' });
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
  return JSON.parse(stdout);
}

describe('A process that embeds a DAG', () => {
  testOnTmpfs('continues if the disk is full, and loses no acknowledged block', () => {
    const seen = run('everything', MOUNT, true) as Record<string, unknown>;
    // The second refusal comes from the DAG, which accepts no more blocks.
    expect(seen).toMatchObject({
      codes: ['ERR_QANTO_STORE_FAILED', 'ERR_QANTO_STORE_FAILED'],
      failures: ['ERR_QANTO_STORE_FAILED'],
    });
    expect(seen).toMatchObject({ writable: false, closed: 'done' });
    // Closing the DAG finds no room for the checkpoint either, the first time and the second.
    expect(seen['checkpoints']).toEqual(['ERR_QANTO_CHECKPOINT_FAILED', 'ERR_QANTO_CHECKPOINT_FAILED']);
    expect(seen['acknowledged']).toBeGreaterThan(50);
    expect(seen['blockCount']).toBe((seen['acknowledged'] as number) + 1);
    expect(seen['reopenedCount']).toBe(seen['blockCount']);
  });

  testOnPosix('continues if its files cannot grow, and loses no acknowledged block', () => {
    const seen = run('everything', 'ulimit -f 4000') as Record<string, unknown>;
    expect(seen).toMatchObject({
      codes: ['ERR_QANTO_STORE_FAILED', 'ERR_QANTO_STORE_FAILED'],
      failures: ['ERR_QANTO_STORE_FAILED'],
    });
    expect(seen['acknowledged']).toBeGreaterThan(10);
    expect(seen['reopenedCount']).toBe((seen['acknowledged'] as number) + 1);
  });

  testOnTmpfs('has blocks refused before the disk is full, and accepted again once there is room', () => {
    const seen = run('reserve', MOUNT, true) as Record<string, unknown>;
    expect(seen).toMatchObject({
      codes: ['ERR_QANTO_STORE_FULL', 'ERR_QANTO_STORE_FULL'],
      writable: true,
      levels: ['low', 'full', 'low'],
      // Less than twice minFreeBytes would be left.
      checkpoints: ['ERR_QANTO_CHECKPOINT_FAILED'],
      afterwards: 'done',
    });
    expect(seen['acknowledged']).toBeGreaterThan(20);
    expect(seen['leftBytes']).toBeGreaterThan(2 ** 18);
  });
});

describe('A store', () => {
  testOnTmpfs('opens or rejects with an error if the disk is full', () => {
    const seen = run('opening', MOUNT, true) as Record<string, unknown>;
    expect(seen).toMatchObject({ made: 'ERR_QANTO_STORE_FAILED', size: 1 });
    expect(['done', 'ERR_QANTO_STORE_FAILED']).toContain(seen['opened']);
    if (seen['opened'] === 'done') expect(seen['read']).toBe(1024);
  });

  testOnTmpfs('can be pruned if the disk is full, and accepts blocks in the space that pruning frees', () => {
    expect(run('pruning', MOUNT, true)).toEqual({
      leftBytes: 0,
      refused: 'ERR_QANTO_STORE_FULL',
      pruned: 'done',
      admitted: 'done',
      appended: 'done',
      held: 200,
    });
  });

  testOnPosix('opens or rejects with an error if few file descriptors are left', () => {
    const { codes, size } = run('descriptors', 'ulimit -n 64') as { codes: string[]; size: number };
    expect(codes[0]).toBe('ERR_QANTO_STORE_FAILED');
    expect(codes.at(-1)).toBe('done');
    for (const code of codes) expect(['ERR_QANTO_STORE_FAILED', 'done']).toContain(code);
    expect(size).toBe(1);
  });

  testOnPosix('rejects with an error and leaves no database file if no file can grow', () => {
    expect(run('growth', 'ulimit -f 8')).toMatchObject({
      made: 'ERR_QANTO_STORE_FAILED',
      files: expect.not.arrayContaining(['blocks.db']),
    });
  });
});
