import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from './support.ts';

/** A file system of the test's own, which goes with the process that sees it. */
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

/** Runs one scenario of the child after a shell command; the child must end of its own accord, without complaint. */
function run(scenario: string, prepare: string, mount = false): unknown {
  const script = `${prepare} && exec "$0" __test__/dag/store/full-disk-child.mjs ${scenario} "$1"`;
  const shell = ['sh', '-c', script, process.execPath, directory.path];
  const [command, ...args] = mount ? ['unshare', '-rm', ...shell] : shell;
  const { status, signal, stdout, stderr } = spawnSync(command!, args, { encoding: 'utf8' });
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
  return JSON.parse(stdout);
}

describe('a process that embeds a DAG', () => {
  testOnTmpfs('lives on when the disk is full, and has lost nothing that was acknowledged', () => {
    const seen = run('everything', MOUNT, true) as Record<string, unknown>;
    // The second refusal is that of a DAG that has stopped accepting.
    expect(seen).toMatchObject({
      codes: ['ERR_QANTO_STORE_FAILED', 'ERR_QANTO_STORE_FAILED'],
      failures: ['ERR_QANTO_STORE_FAILED'],
    });
    expect(seen).toMatchObject({ writable: false, closed: 'done' });
    expect(seen['acknowledged']).toBeGreaterThan(50);
    expect(seen['blockCount']).toBe((seen['acknowledged'] as number) + 1);
    expect(seen['reopenedCount']).toBe(seen['blockCount']);
  });

  testOnPosix('lives on when its files may not grow, and has lost nothing that was acknowledged', () => {
    const seen = run('everything', 'ulimit -f 4000') as Record<string, unknown>;
    expect(seen).toMatchObject({
      codes: ['ERR_QANTO_STORE_FAILED', 'ERR_QANTO_STORE_FAILED'],
      failures: ['ERR_QANTO_STORE_FAILED'],
    });
    expect(seen['acknowledged']).toBeGreaterThan(10);
    expect(seen['reopenedCount']).toBe((seen['acknowledged'] as number) + 1);
  });

  testOnTmpfs('is refused blocks before the disk is full, and none any more when there is room again', () => {
    const seen = run('reserve', MOUNT, true) as Record<string, unknown>;
    expect(seen).toMatchObject({
      codes: ['ERR_QANTO_STORE_FULL', 'ERR_QANTO_STORE_FULL'],
      writable: true,
      levels: ['low', 'full', 'low'],
      afterwards: 'done',
    });
    expect(seen['acknowledged']).toBeGreaterThan(20);
    expect(seen['leftBytes']).toBeGreaterThan(2 ** 18);
  });
});

describe('a store', () => {
  testOnTmpfs('is an error or opens where no byte is left', () => {
    const seen = run('opening', MOUNT, true) as Record<string, unknown>;
    expect(seen).toMatchObject({ made: 'ERR_QANTO_STORE_FAILED', size: 1 });
    expect(['done', 'ERR_QANTO_STORE_FAILED']).toContain(seen['opened']);
    if (seen['opened'] === 'done') expect(seen['read']).toBe(1024);
  });

  testOnTmpfs('is pruned where no byte is left, and takes blocks in the room that this makes', () => {
    expect(run('pruning', MOUNT, true)).toEqual({
      leftBytes: 0,
      refused: 'ERR_QANTO_STORE_FULL',
      pruned: 'done',
      admitted: 'done',
      appended: 'done',
      held: 200,
    });
  });

  testOnPosix('is an error or opens where few descriptors are left', () => {
    const { codes, size } = run('descriptors', 'ulimit -n 64') as { codes: string[]; size: number };
    expect(codes[0]).toBe('ERR_QANTO_STORE_FAILED');
    expect(codes.at(-1)).toBe('done');
    for (const code of codes) expect(['ERR_QANTO_STORE_FAILED', 'done']).toContain(code);
    expect(size).toBe(1);
  });

  testOnPosix('is an error, not half a store, where no file may grow', () => {
    expect(run('growth', 'ulimit -f 8')).toMatchObject({
      made: 'ERR_QANTO_STORE_FAILED',
      files: expect.not.arrayContaining(['blocks.db']),
    });
  });
});
