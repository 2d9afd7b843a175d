import { expect, test } from '@jest/globals';
import { Job } from '../../ts/stratum/job.ts';
import { TEST_ADDRESS } from '../../ts/testing.ts';
import { openDag } from '../dag/support.ts';

test('A job that others have filled with shares still accepts blocks, each once, up to a limit', async () => {
  const dag = await openDag();
  const job = new Job('1', dag.buildTemplate({ address: TEST_ADDRESS }));
  const header = (n: number) => {
    const bytes = Buffer.alloc(80);
    bytes.writeUInt32LE(n);
    return bytes;
  };
  let next = 0;
  const add = (isBlock: boolean) => job.addShare(header(next++), isBlock);
  for (let n = 0; n < 20_000; n += 1) expect(add(false)).toBe(true);
  expect(add(false)).toBe(false);
  const block = header(next);
  expect(add(true)).toBe(true);
  expect(job.hasShare(block)).toBe(true);
  let blocks = 1;
  while (add(true)) blocks += 1;
  expect(blocks).toBe(20_000);
  await dag.close();
});
