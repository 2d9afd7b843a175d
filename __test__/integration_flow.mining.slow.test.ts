import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { QantoDag } from '../ts/dag/index.ts';
import { mineBlocks } from '../ts/testing.ts';

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'qanto-integration-'));
});

afterEach(() => {
  rmSync(dataDir, { recursive: true });
});

test('Twenty blocks in a data directory have the same order after a restart, and mining continues from them', async () => {
  const first = await QantoDag.open({ network: 'devnet', dataDir });
  const mined = await mineBlocks(first, 20);
  const before = { tips: first.tips(), order: [...first.order()], sink: first.sink() };
  await first.close();
  expect(mined).toHaveLength(20);
  expect(before.sink).toBe(mined.at(-1));

  const second = await QantoDag.open({ network: 'devnet', dataDir });
  expect({ tips: second.tips(), order: [...second.order()], sink: second.sink() }).toEqual(before);

  const [next] = await mineBlocks(second, 1);
  await expect(second.getBlock(next!)).resolves.toMatchObject({ context: { parents: before.tips } });
  expect([...second.order()].slice(0, before.order.length)).toEqual(before.order);
  expect(second.info().blockCount).toBe(22);
  await second.close();
});
