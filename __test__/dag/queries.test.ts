import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type Block,
  decodeBlock,
  encodeBlock,
  MemoryStore,
  type QantoDag,
  regtest,
  type StoredBlock,
} from '../../ts/dag/index.ts';
import { until } from '../until.ts';
import { codeOf } from './engine/query-properties.ts';
import {
  ADDRESS,
  hashOf,
  mine,
  mineAndAdd,
  mineOn,
  mineSiblings,
  openDag,
  PRUNED_NETWORK,
} from './support.ts';

/** Siblings are red soon, because a merge set has at most two blues. */
const network = { ...regtest, name: 'queries', ghostdagK: 1 };

/** A memory store whose writes can be held. */
class SlowStore extends MemoryStore {
  held: Promise<void> | undefined;

  override async append(blocks: readonly StoredBlock[], state?: Uint8Array): Promise<void> {
    await super.append(blocks, state);
    await this.held;
  }
}

let store: SlowStore;
let dag: QantoDag;

beforeEach(async () => {
  store = new SlowStore();
  dag = await openDag({ store, network });
});

afterEach(() => dag.close());

async function addSiblings(count: number): Promise<string[]> {
  const added = await Promise.all(mineSiblings(dag, count).map((block) => dag.addBlock(block)));
  return added.map(({ hash }) => hash);
}

/** Each query with one hash. */
const HASH_QUERIES: Record<string, (of: QantoDag, hash: string) => unknown> = {
  position: (of, hash) => of.position(hash),
  orderBetween: (of, hash) => of.orderBetween(of.genesis, hash),
  selectedChain: (of, hash) => of.selectedChain(hash, 1),
  children: (of, hash) => of.children(hash),
  isAncestor: (of, hash) => of.isAncestor(of.genesis, hash),
  explainColour: (of, hash) => of.explainColour(hash),
  missingParents: (of, hash) => of.missingParents(hash),
};

describe.each(Object.entries(HASH_QUERIES))('The query %s', (_, query) => {
  test('throws ERR_QANTO_UNKNOWN_BLOCK for a block that was never accepted', () => {
    expect(codeOf(() => query(dag, 'ab'.repeat(32)))).toBe('ERR_QANTO_UNKNOWN_BLOCK');
  });

  test('refuses a malformed hash', () => {
    for (const hash of ['', 'xyz', 'AB'.repeat(32), undefined, null, [] as never] as string[]) {
      expect(codeOf(() => query(dag, hash))).toBe('ERR_QANTO_INVALID_ARGUMENT');
    }
  });

  test('does not see a block before it is on disk', async () => {
    let release = () => {};
    store.held = new Promise((resolve) => {
      release = resolve;
    });
    const block = mine(dag.buildTemplate({ address: ADDRESS }));
    const adding = dag.addBlock(block);
    try {
      await until(() => store.size > 0);
      expect(codeOf(() => query(dag, hashOf(block)))).toBe('ERR_QANTO_UNKNOWN_BLOCK');
      expect(dag.children(dag.genesis)).toEqual([]);
      expect(dag.orderSlice(0, 10)).toEqual([dag.genesis]);
    } finally {
      release();
    }
    await adding;
    query(dag, hashOf(block));
    expect(dag.children(dag.genesis)).toEqual([hashOf(block)]);
  });

  test('fails with ERR_QANTO_CLOSED once the DAG is closed', async () => {
    await dag.close();
    expect(codeOf(() => query(dag, dag.genesis))).toBe('ERR_QANTO_CLOSED');
  });
});

describe('The queries of a DAG', () => {
  test('agree with each other about every block of the order', async () => {
    await mineAndAdd(dag, 2);
    await addSiblings(4);
    await mineAndAdd(dag, 1);
    await addSiblings(3);
    const order = [...dag.order()];
    expect(dag.orderSlice(0, order.length)).toEqual(order);
    expect(order.map((hash) => dag.position(hash))).toEqual(order.map((_, position) => position));
    const chain = dag.selectedChain(0, order.length);
    expect(chain.at(-1)).toBe(dag.sink());
    expect(dag.selectedChain(dag.sink(), 5)).toEqual([dag.sink()]);
    const [lower, upper] = [chain[1]!, chain[4]!];
    expect(dag.orderBetween(lower, upper)).toEqual(order.slice(dag.position(lower), dag.position(upper)));
    for (const hash of order) {
      for (const parent of dag.getView(hash)!.parents) {
        expect(dag.children(parent)).toContain(hash);
        expect(dag.isAncestor(parent, hash)).toBe(true);
        expect(dag.isAncestor(hash, parent)).toBe(false);
      }
      const { mergedBy, colour } = dag.explainColour(hash);
      const { mergeSetBlues, mergeSetReds } =
        mergedBy === undefined ? { mergeSetBlues: [dag.sink()], mergeSetReds: [] } : dag.getView(mergedBy)!;
      if (mergedBy !== undefined) expect(colour === 'red' ? mergeSetReds : mergeSetBlues).toContain(hash);
    }
    expect(order.map((hash) => dag.explainColour(hash).colour)).toContain('red');
  });

  test('say that a tip that cannot be merged has no place in the order', async () => {
    const pruned = await openDag({ network: PRUNED_NETWORK });
    const [fork] = await mineAndAdd(pruned, 1);
    await mineAndAdd(pruned, 15);
    const { hash } = await pruned.addBlock(mineOn(pruned, [fork!], { extraNonce: 1 }));
    expect(codeOf(() => pruned.position(hash))).toBe('ERR_QANTO_NOT_IN_ORDER');
    expect(codeOf(() => pruned.explainColour(hash))).toBe('ERR_QANTO_NOT_IN_ORDER');
    expect(codeOf(() => pruned.orderBetween(hash, pruned.sink()))).toBe('ERR_QANTO_NOT_IN_CHAIN');
    expect(pruned.children(fork!)).toContain(hash);
    await pruned.close();
  });

  test('have the same answers after pruning has replaced the engine', async () => {
    const pruned = await openDag({ network: PRUNED_NETWORK });
    const mined: string[] = [];
    pruned.on('block-added', ({ hash }) => mined.push(hash));
    let prunings = 0;
    pruned.on('pruned', () => {
      prunings += 1;
    });
    while (prunings < 2) {
      await Promise.all(mineSiblings(pruned, 2).map((block) => pruned.addBlock(block)));
      await mineAndAdd(pruned, 1);
      await nextTurn();
    }
    const { orderStart } = pruned.info();
    const order = [...pruned.order()];
    expect(order.map((hash) => pruned.position(hash))).toEqual(order.map((_, index) => orderStart + index));
    expect(pruned.position(pruned.genesis)).toBe(0);
    const [root] = pruned.orderSlice(orderStart, 1);
    const chain = pruned.selectedChain(root!, order.length);
    expect(chain.at(-1)).toBe(pruned.sink());
    for (const [lower, upper] of chain.slice(1).map((above, index) => [chain[index]!, above] as const)) {
      expect(pruned.orderBetween(lower, upper)[0]).toBe(lower);
      expect(pruned.children(lower)).toContain(upper);
    }
    const dropped = mined.filter((hash) => pruned.getView(hash) === undefined);
    expect(dropped.length).toBeGreaterThan(0);
    for (const query of Object.values(HASH_QUERIES))
      expect(codeOf(() => query(pruned, dropped[0]!))).toBe('ERR_QANTO_UNKNOWN_BLOCK');
    expect(codeOf(() => pruned.orderSlice(orderStart - 1, 1))).toBe('ERR_QANTO_PAST_PRUNED');
    expect(codeOf(() => pruned.selectedChain(0, 1))).toBe('ERR_QANTO_PAST_PRUNED');
    expect(codeOf(() => pruned.explainColour(pruned.genesis))).toBe('ERR_QANTO_PAST_PRUNED');
    await pruned.close();
  });
});

describe('The method missingParents', () => {
  test('lists the parents that an orphan waits for, and nothing once they have arrived', async () => {
    const source = await openDag({ network });
    const blocks: Block[] = [];
    source.on('block-added', ({ block }) => blocks.push(block));
    await mineAndAdd(source, 1);
    await Promise.all(mineSiblings(source, 3).map((block) => source.addBlock(block)));
    await mineAndAdd(source, 2);
    await source.close();
    const [base, ...rest] = blocks;
    const [merging, last] = rest.slice(3);
    for (const orphan of [last!, merging!]) await dag.addBlock(orphan);
    expect(dag.missingParents(hashOf(last!))).toEqual([hashOf(merging!)]);
    expect(dag.missingParents(hashOf(merging!))).toEqual([...merging!.context.parents]);
    await dag.addBlock(base!);
    await dag.addBlock(rest[0]!);
    const others = merging!.context.parents.filter((parent) => parent !== hashOf(rest[0]!));
    expect(dag.missingParents(hashOf(merging!))).toEqual(others);
    for (const block of rest.slice(1, 3)) await dag.addBlock(block);
    expect(dag.missingParents(hashOf(last!))).toEqual([]);
  });
});

describe('The method encodedBlock', () => {
  test('returns the bytes that other DAGs accept', async () => {
    const payloads = [Buffer.from('a payload')];
    const block = mine(dag.buildTemplate({ address: ADDRESS, payloads }));
    const { hash } = await dag.addBlock(block);
    const bytes = await dag.encodedBlock(hash);
    expect(Buffer.from(bytes)).toEqual(Buffer.from(encodeBlock(block)));
    const other = await openDag({ network });
    await expect(other.addBlock(bytes)).resolves.toEqual({ hash, status: 'accepted' });
    await other.close();
    const genesis = await dag.encodedBlock(dag.genesis);
    expect(decodeBlock(genesis)).toEqual(await dag.getBlock(dag.genesis));
    genesis.fill(0);
    await expect(dag.encodedBlock(dag.genesis)).resolves.not.toEqual(genesis);
  });

  test('rejects with the code of a block that is unknown, malformed, pruned or damaged', async () => {
    await expect(dag.encodedBlock('ab'.repeat(32))).rejects.toMatchObject({
      code: 'ERR_QANTO_UNKNOWN_BLOCK',
      details: { hash: 'ab'.repeat(32) },
    });
    await expect(dag.encodedBlock('AB')).rejects.toMatchObject({ code: 'ERR_QANTO_INVALID_ARGUMENT' });
    const [hash, other] = await mineAndAdd(dag, 2);
    const read = store.read.bind(store);
    store.read = async (asked) => ({ ...(await read(asked))!, body: new Uint8Array(0) });
    await expect(dag.encodedBlock(hash!)).rejects.toMatchObject({ code: 'ERR_QANTO_BLOCK_PRUNED', hash });
    store.read = () => read(other!);
    await expect(dag.encodedBlock(hash!)).rejects.toMatchObject({ code: 'ERR_QANTO_STORE_DAMAGED' });
    store.read = async (asked) => {
      const stored = (await read(asked))!;
      return { ...stored, head: Uint8Array.from(stored.head, (byte, at) => (at === 90 ? byte ^ 1 : byte)) };
    };
    await expect(dag.encodedBlock(hash!)).rejects.toMatchObject({ code: 'ERR_QANTO_STORE_DAMAGED' });
    store.read = async () => undefined;
    await expect(dag.encodedBlock(hash!)).rejects.toMatchObject({ code: 'ERR_QANTO_STORE_DAMAGED' });
  });
});
