import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Block, encodeBlock } from '../../ts/dag/block.ts';
import {
  type BlockRejectedError,
  MemoryStore,
  type NetworkParams,
  type QantoDag,
  regtest,
} from '../../ts/dag/index.ts';
import { until } from '../until.ts';
import {
  ADDRESS,
  fixedEnvironment,
  forge,
  hashOf,
  mine,
  mineAndAdd,
  mineSiblings,
  openDag,
  readBlocks,
} from './support.ts';

let dag: QantoDag;

beforeEach(async () => {
  dag = await openDag();
});

afterEach(() => dag.close());

const payloads = ['one', 'two', 'three'].map((text) => Buffer.from(text));
const altered = (block: Block): Block => ({ ...block, payloads: [...block.payloads].reverse() });

describe('A block for which the queue has no room', () => {
  test('is refused with an error that says when to offer it again, and is accepted then', async () => {
    const small = await openDag({ maxQueuedBytes: 1 });
    const [first, second] = mineSiblings(small, 2) as [Block, Block];
    const adding = small.addBlock(first);
    await expect(small.addBlock(second)).rejects.toMatchObject({
      name: 'DagQueueFullError',
      code: 'ERR_QANTO_DAG_QUEUE_FULL',
      hash: hashOf(second),
      maxQueuedBytes: 1,
      message: expect.stringContaining('offer it again when some calls of addBlock have settled'),
    });
    await expect(small.getStatus(hashOf(second))).resolves.toBe('unknown');
    await adding;
    await expect(small.addBlock(second)).resolves.toMatchObject({ status: 'accepted' });
    await small.close();
  });

  test('is not counted as an answer of the DAG, since no rule was checked', async () => {
    const small = await openDag({ maxQueuedBytes: 1 });
    const answers: string[] = [];
    small.on('block-answered', ({ status }) => answers.push(status));
    await Promise.allSettled(mineSiblings(small, 3).map((block) => small.addBlock(block)));
    expect(answers).toEqual(['accepted']);
    await small.close();
  });
});

test.each([-1, 0.5, '1'])('A DAG whose maxQueuedBytes is %p cannot be opened', async (maxQueuedBytes) => {
  await expect(openDag({ maxQueuedBytes: maxQueuedBytes as number })).rejects.toMatchObject({
    argument: 'options.maxQueuedBytes',
  });
});

test('A block with the usual work is checked before the cheap blocks that were offered before it', async () => {
  const network: NetworkParams = { ...regtest, name: 'work', genesisBits: 0x200fffff };
  const other = await openDag({ network });
  const [honest] = mineSiblings(other, 1) as [Block];
  const cheap = Array.from({ length: 300 }, (_, daaScore) =>
    forge(honest, { header: { bits: 0x207fffff }, context: { daaScore } }),
  );
  let settled = 0;
  const offers = cheap.map((block) => other.addBlock(block).finally(() => settled++));
  await expect(other.addBlock(honest)).resolves.toMatchObject({ status: 'accepted' });
  expect(settled).toBeLessThan(cheap.length);
  const outcomes = await Promise.allSettled(offers);
  expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
  await other.close();
});

test('A block that was refused is refused again for the same reason, and no store is asked for room', async () => {
  let asked = 0;
  class Store extends MemoryStore {
    async admit(): Promise<void> {
      asked += 1;
    }
  }
  const other = await openDag({ store: new Store() });
  const [block] = mineSiblings(other, 1) as [Block];
  const wrong = forge(block, { context: { daaScore: 99 } });
  const errors: BlockRejectedError[] = [];
  for (let time = 0; time < 2; time++) {
    await other.addBlock(wrong).catch((error: BlockRejectedError) => errors.push(error));
  }
  const [first, second] = errors as [BlockRejectedError, BlockRejectedError];
  expect(first.code).toBe('ERR_QANTO_WRONG_DAA_SCORE');
  expect(second).not.toBe(first);
  expect({ ...second, message: second.message }).toEqual({ ...first, message: first.message });
  expect(asked).toBe(1);
  await other.close();
});

test('A block whose parent had no room is refused in the same way, and not kept as an orphan', async () => {
  const chain = await readBlocks(dag, await mineAndAdd(dag, 6));
  const small = await openDag({ maxQueuedBytes: 8000 });
  const outcomes = await Promise.allSettled(chain.map((block) => small.addBlock(block)));
  const codes = outcomes.map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value.status : (outcome.reason as BlockRejectedError).code,
  );
  const full = 'ERR_QANTO_DAG_QUEUE_FULL';
  expect(codes).toEqual(['accepted', 'accepted', full, full, full, full]);
  for (const block of chain.slice(2)) {
    await expect(small.addBlock(block)).resolves.toMatchObject({ status: 'accepted' });
  }
  await small.close();
});

test('A group ends although orphans are added to the end of the chain that it accepts', async () => {
  const chain = await readBlocks(dag, await mineAndAdd(dag, 700));
  const other = await openDag({ environment: fixedEnvironment(regtest.genesisTimestampMs + 1e9) });
  let isWritten = false;
  other.on('store-commit', () => {
    isWritten = true;
  });
  const [first, ...rest] = chain as [Block, ...Block[]];
  for (const block of rest) await other.addBlock(block);
  const adding = other.addBlock(first);
  await adding;
  expect(isWritten).toBe(true);
  expect(other.info().blockCount).toBeLessThan(600);
  await until(() => other.info().blockCount === 701);
  expect([...other.order()]).toEqual([...dag.order()]);
  await other.close();
});

test('A block in memory that grows while it is being added is accepted as it was', async () => {
  const bytes = encodeBlock(mine(dag.buildTemplate({ address: ADDRESS, payloads })));
  const { length } = bytes;
  const Shared = SharedArrayBuffer as unknown as new (
    length: number,
    options: { maxByteLength: number },
  ) => SharedArrayBuffer & { grow(length: number): void };
  const buffer = new Shared(length, { maxByteLength: 2 * length });
  const view = new Uint8Array(buffer);
  view.set(bytes);
  const { now } = dag.environment.clock;
  // The clock is read between the check of the header and the copy of the contents.
  dag.environment.clock.now = () => {
    if (buffer.byteLength === length) buffer.grow(2 * length);
    return now.call(dag.environment.clock);
  };
  const { hash } = await dag.addBlock(view);
  expect(encodeBlock((await dag.getBlock(hash))!)).toEqual(bytes);
});

test('Blocks that build on each other are accepted if they are offered at once, in the order of the chain', async () => {
  const chain = await readBlocks(dag, await mineAndAdd(dag, 300));
  const other = await openDag();
  const results = await Promise.all(chain.map((block) => other.addBlock(block)));
  expect(results.every(({ status }) => status === 'accepted')).toBe(true);
  await other.close();
});

describe('A block that is being checked', () => {
  let original: Block;

  beforeEach(() => {
    original = mine(dag.buildTemplate({ address: ADDRESS, payloads }));
  });

  test('is accepted although an altered copy was offered before it in the same turn', async () => {
    // Either of the two may be settled first.
    const answers = await Promise.allSettled([dag.addBlock(altered(original)), dag.addBlock(original)]);
    expect(answers).toMatchObject([
      { status: 'rejected', reason: { code: 'ERR_QANTO_CONTENT_ROOT_MISMATCH' } },
      { status: 'fulfilled', value: { status: 'accepted' } },
    ]);
  });

  test('is accepted, and an altered copy that was offered after it in the same turn is a duplicate', async () => {
    const adding = dag.addBlock(original);
    await expect(dag.addBlock(altered(original))).resolves.toMatchObject({ status: 'duplicate' });
    await expect(adding).resolves.toMatchObject({ status: 'accepted' });
    await expect(dag.getBlock(hashOf(original))).resolves.toEqual(original);
  });

  test('does not wait for the altered copies of another one', async () => {
    const [other] = mineSiblings(dag, 1) as [Block];
    let settled = 0;
    await expect(dag.addBlock(altered(original))).rejects.toThrow();
    const copies = Array.from({ length: 300 }, () => dag.addBlock(altered(original)).catch(() => settled++));
    await dag.addBlock(other);
    expect(settled).toBeLessThan(300);
    await Promise.all(copies);
    await expect(dag.addBlock(original)).resolves.toMatchObject({ status: 'accepted' });
  });
});

test('No sequence of altered copies, in any order and at any time, keeps a valid block out', async () => {
  for (let round = 0; round < 3; round++) {
    for (const extraNonce of [0, 1]) {
      await dag.addBlock(mine(dag.buildTemplate({ address: ADDRESS, payloads, extraNonce })));
    }
  }
  const blocks = await readBlocks(dag, [...dag.order()].slice(1));
  const offer = fc.record({
    index: fc.nat(blocks.length - 1),
    copy: fc.constantFrom('original', 'reversed', 'shorter', 'garbage'),
    isAwaited: fc.boolean(),
  });
  const copies = {
    original: encodeBlock,
    reversed: (block: Block) => encodeBlock(altered(block)),
    shorter: (block: Block) => encodeBlock({ ...block, payloads: block.payloads.slice(1) }),
    garbage: (block: Block) => Buffer.concat([encodeBlock(block), Buffer.alloc(9)]),
  };
  const limits = fc.record({ maxBlocks: fc.constantFrom(1, 2, 100) });
  await fc.assert(
    fc.asyncProperty(fc.array(offer, { maxLength: 30 }), limits, async (offers, orphanLimits) => {
      const other = await openDag({ orphanLimits });
      const pending: Promise<unknown>[] = [];
      for (const { index, copy, isAwaited } of offers) {
        const adding = other.addBlock(copies[copy](blocks[index]!)).catch((error: BlockRejectedError) => {
          if (copy === 'original') throw error;
        });
        if (isAwaited) await adding;
        else pending.push(adding);
      }
      await Promise.all(pending);
      for (const block of blocks) await other.addBlock(block);
      expect([...other.order()]).toEqual([...dag.order()]);
      await expect(readBlocks(other, blocks.map(hashOf))).resolves.toEqual(blocks);
      await other.close();
    }),
    { numRuns: 60 },
  );
});
