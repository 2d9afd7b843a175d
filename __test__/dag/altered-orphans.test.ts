import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Block, encodeBlock } from '../../ts/dag/block.ts';
import type { BlockRejectedError, DroppedOrphan, QantoDag } from '../../ts/dag/index.ts';
import { ADDRESS, hashOf, mine, mineAndAdd, openDag, readBlocks } from './support.ts';

let source: QantoDag;
let dag: QantoDag;
let parent: Block;
let original: Block;
let child: Block;
/** Copies of the original block with the same header, and so the same hash, but with other contents. */
let altered: Block;
let alsoAltered: Block;
let refused: [code: string, hash: string | undefined][];

beforeEach(async () => {
  source = await openDag();
  dag = await openDag();
  refused = [];
  dag.on('orphan-rejected', ({ code, hash }: BlockRejectedError) => refused.push([code, hash]));
  await mineAndAdd(source, 1);
  const payloads = ['one', 'two', 'three'].map((text) => Buffer.from(text));
  await source.addBlock(mine(source.buildTemplate({ address: ADDRESS, payloads })));
  await mineAndAdd(source, 1);
  [parent, original, child] = (await readBlocks(source, [...source.order()].slice(1))) as [
    Block,
    Block,
    Block,
  ];
  altered = { ...original, payloads: [...original.payloads].reverse() };
  alsoAltered = { ...original, payloads: original.payloads.slice(1) };
});

afterEach(async () => {
  await source.close();
  await dag.close();
});

const waits = { status: 'orphan' };
const accepted = { status: 'accepted' };
const mismatch = { name: 'BlockRejectedError', code: 'ERR_QANTO_CONTENT_ROOT_MISMATCH' };

async function expectAllAccepted(): Promise<void> {
  expect([...dag.order()]).toEqual([...source.order()]);
  await expect(dag.getBlock(hashOf(original))).resolves.toEqual(original);
  expect(dag.info().orphanCount).toBe(0);
}

describe('An altered copy of a block that waits for its parents', () => {
  test('is replaced by the original block', async () => {
    await expect(dag.addBlock(altered)).resolves.toMatchObject(waits);
    await expect(dag.addBlock(original)).resolves.toMatchObject(waits);
    expect(refused).toEqual([['ERR_QANTO_CONTENT_ROOT_MISMATCH', hashOf(original)]]);
    await expect(dag.addBlock(parent)).resolves.toMatchObject(accepted);
    await dag.addBlock(child);
    await expectAllAccepted();
  });

  test('is replaced by another altered copy, which is replaced by the original block', async () => {
    await dag.addBlock(altered);
    await expect(dag.addBlock(alsoAltered)).resolves.toMatchObject(waits);
    await expect(dag.addBlock(original)).resolves.toMatchObject(waits);
    expect(refused).toHaveLength(2);
    await dag.addBlock(parent);
    await dag.addBlock(child);
    await expectAllAccepted();
  });

  test('is refused once its parents arrive, but the original block and its children can still be accepted', async () => {
    await dag.addBlock(child);
    await dag.addBlock(altered);
    await expect(dag.addBlock(parent)).resolves.toMatchObject(accepted);
    expect(refused).toEqual([['ERR_QANTO_CONTENT_ROOT_MISMATCH', hashOf(original)]]);
    await expect(dag.getStatus(hashOf(original))).resolves.toBe('unknown');
    await expect(dag.getStatus(hashOf(child))).resolves.toBe('orphan');
    await expect(dag.addBlock(original)).resolves.toMatchObject(accepted);
    await expectAllAccepted();
  });

  test('is refused with the rule that its contents break', async () => {
    const bytes = Buffer.concat([encodeBlock(original), Buffer.of(0)]);
    await expect(dag.addBlock(bytes)).resolves.toMatchObject(waits);
    await dag.addBlock(parent);
    expect(refused).toEqual([['ERR_QANTO_MALFORMED', hashOf(original)]]);
    await dag.addBlock(original);
    await dag.addBlock(child);
    await expectAllAccepted();
  });

  test('does not keep the original block from being dropped and reported like any other orphan', async () => {
    const small = await openDag({ orphanLimits: { maxBlocks: 1, maxBytes: 1e6 } });
    const dropped: DroppedOrphan[] = [];
    small.on('orphan-dropped', (orphan) => dropped.push(orphan));
    await small.addBlock(alsoAltered);
    await small.addBlock(original);
    expect(small.info().orphanCount).toBe(1);
    await small.addBlock(child);
    expect(dropped).toEqual([{ hash: hashOf(original), byteLength: encodeBlock(original).length }]);
    await small.close();
  });

  test('counts with its own length towards the limit of the bytes of orphans', async () => {
    // Each orphan takes 1,400 bytes besides its encoded bytes, 400 of them for its missing parent.
    const maxBytes = encodeBlock(original).length + encodeBlock(child).length + 2 * 1400 - 1;
    const small = await openDag({ orphanLimits: { maxBlocks: 10, maxBytes } });
    const dropped: string[] = [];
    small.on('orphan-dropped', ({ hash }) => dropped.push(hash));
    await small.addBlock(alsoAltered);
    await small.addBlock(child);
    expect(small.info().orphanCount).toBe(2);
    await small.addBlock(original);
    expect(dropped).toEqual([hashOf(child)]);
    await small.close();
  });
});

describe('An unaltered block that waits for its parents', () => {
  test('is not replaced by any altered copy', async () => {
    await dag.addBlock(original);
    await expect(dag.addBlock(altered)).rejects.toMatchObject(mismatch);
    await expect(dag.addBlock(alsoAltered)).rejects.toMatchObject({ ...mismatch, hash: hashOf(original) });
    await expect(dag.getStatus(hashOf(original))).resolves.toBe('orphan');
    expect(refused).toEqual([]);
    await dag.addBlock(parent);
    await dag.addBlock(child);
    await expectAllAccepted();
  });

  test('is still an orphan if the same bytes arrive again, also after an altered copy was refused', async () => {
    await dag.addBlock(original);
    await expect(dag.addBlock(encodeBlock(original))).resolves.toMatchObject(waits);
    await expect(dag.addBlock(altered)).rejects.toMatchObject(mismatch);
    await expect(dag.addBlock(encodeBlock(original))).resolves.toMatchObject(waits);
    expect(dag.info().orphanCount).toBe(1);
  });

  test('is not affected by a copy with another context, which is refused', async () => {
    await dag.addBlock(original);
    const other = { ...original, context: { ...original.context, daaScore: 99 } };
    await expect(dag.addBlock(other)).rejects.toMatchObject({ code: 'ERR_QANTO_CONTEXT_HASH_MISMATCH' });
    await expect(dag.getStatus(hashOf(original))).resolves.toBe('orphan');
  });

  test('is the only copy with its hash, so that even bytes that encode no contents are refused as other contents', async () => {
    await dag.addBlock(original);
    await expect(dag.addBlock(altered)).rejects.toMatchObject({ field: 'contents' });
    // Bytes that cannot be decoded as contents are refused with the same code, since they are not read.
    const garbage = Buffer.concat([encodeBlock(original), Buffer.alloc(5)]);
    await expect(dag.addBlock(garbage)).rejects.toMatchObject({ ...mismatch, field: 'contents' });
  });
});
