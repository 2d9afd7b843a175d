import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { QantoDag } from '../../ts/dag/index.ts';
import { temporaryDirectory } from './store/support.ts';

/** A limit on the size of files stands in for a full disk; `ulimit` is a shell's. */
const testOnPosix = process.platform === 'win32' ? test.skip : test;

testOnPosix('a full disk is an error, and everything acknowledged before is kept', async () => {
  const directory = temporaryDirectory();
  try {
    const command = 'ulimit -f 2000; exec "$0" __test__/dag/full-disk-child.mjs "$1"';
    const output = execFileSync('sh', ['-c', command, process.execPath, directory.path], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const { codes, acknowledged, blockCount } = JSON.parse(output);
    // The second refusal is that of a DAG that has stopped accepting.
    expect(codes).toEqual(['STORE_FAILED', 'STORE_FAILED']);
    expect(acknowledged).toBeGreaterThan(10);
    expect(blockCount).toBe(acknowledged + 1);

    const dag = await QantoDag.open({ network: 'regtest', dataDir: directory.path });
    expect(dag.info().blockCount).toBe(blockCount);
    for (const hash of dag.order()) expect(dag.getBlock(hash)).toBeDefined();
    await dag.close();
  } finally {
    directory.remove();
  }
});
