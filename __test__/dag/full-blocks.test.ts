import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type Block, encodeBlock } from '../../ts/dag/block.ts';
import { MemoryStore, type QantoDag, regtest, type StoredBlock } from '../../ts/dag/index.ts';
import { runAtOnce, Slices, type Steps } from '../../ts/dag/slices.ts';
import { ADDRESS, hashOf, mine, openDag } from './support.ts';

/** A store that records its transactions, and may fail. */
class RecordingStore extends MemoryStore {
  readonly transactions: string[][] = [];
  failure: Error | undefined;

  override async append(blocks: readonly StoredBlock[], state?: Uint8Array): Promise<void> {
    this.transactions.push(blocks.map(({ hash }) => hash));
    if (this.failure) throw this.failure;
    await super.append(blocks, state);
  }
}

let store: RecordingStore;
let dag: QantoDag;
let small: Block;
let full: Block;
let altered: Block;
/** A full block on `small`. */
let later: Block;

beforeAll(async () => {
  const source = await openDag();
  const payloads = Array.from({ length: regtest.maxPayloads }, (_, index) => Buffer.from(`payload ${index}`));
  small = mine(source.buildTemplate({ address: ADDRESS }));
  full = mine(source.buildTemplate({ address: ADDRESS, payloads }));
  altered = { ...full, payloads: [...payloads].reverse() };
  await source.addBlock(small);
  later = mine(source.buildTemplate({ address: ADDRESS, payloads }));
  await source.close();
});

beforeEach(async () => {
  store = new RecordingStore();
  dag = await openDag({ store });
});

afterEach(() => dag.close());

/** Calls `observe` in every turn of the event loop until the promise settles. Returns the number of turns. */
async function observed(promise: Promise<unknown>, observe: () => void = () => {}): Promise<number> {
  let turns = 0;
  let isSettled = false;
  const settled = promise.then(
    () => {
      isSettled = true;
    },
    () => {
      isSettled = true;
    },
  );
  while (!isSettled) {
    await new Promise(setImmediate);
    if (isSettled) break;
    turns += 1;
    observe();
  }
  await settled;
  return turns;
}

describe('A block with the maximum number of payloads', () => {
  // Each reading of the clock takes a millisecond, so that slices have the same number of steps on any machine.
  beforeEach(() => {
    let nowMs = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => nowMs++);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  test('lets the event loop run while its contents are checked', async () => {
    const adding = dag.addBlock(encodeBlock(full));
    await expect(observed(adding)).resolves.toBeGreaterThan(1);
    await expect(adding).resolves.toEqual({ hash: hashOf(full), status: 'accepted' });
  });

  test('lets the event loop run while it is read from the store', async () => {
    await dag.addBlock(full);
    const reading = dag.getBlock(hashOf(full));
    await expect(observed(reading)).resolves.toBeGreaterThan(1);
    await expect(reading).resolves.toEqual(full);
  });

  test('lets the event loop run before altered contents are refused', async () => {
    const adding = dag.addBlock(encodeBlock(altered));
    adding.catch(() => {});
    await expect(observed(adding)).resolves.toBeGreaterThan(1);
    await expect(adding).rejects.toMatchObject({ code: 'ERR_QANTO_CONTENT_ROOT_MISMATCH' });
  });

  test('shares a transaction with the blocks that were offered with it, none of which is visible before', async () => {
    const before = { info: dag.info(), tips: dag.tips() };
    const events: string[] = [];
    dag.on('block-added', ({ hash }) => events.push(hash));
    const settled: string[] = [];
    const adding = [small, full].map((block) => dag.addBlock(block).then(({ hash }) => settled.push(hash)));
    let observations = 0;
    await observed(Promise.all(adding), () => {
      if (store.transactions.length > 0) return;
      observations += 1;
      expect({ info: dag.info(), tips: dag.tips() }).toEqual(before);
      expect(dag.getView(hashOf(small))).toBeUndefined();
      expect([...dag.order()]).toEqual([dag.genesis]);
      expect(events).toEqual([]);
    });
    expect(observations).toBeGreaterThan(0);
    expect(store.transactions).toEqual([[hashOf(small), hashOf(full)]]);
    expect(events).toEqual([hashOf(small), hashOf(full)]);
    expect(settled).toEqual([hashOf(small), hashOf(full)]);
  });

  test('has its contents checked once if altered copies arrive while it waits for its parents', async () => {
    await expect(dag.addBlock(later)).resolves.toMatchObject({ status: 'orphan' });
    const turns: number[] = [];
    for (const payloads of [later.payloads.slice(1), later.payloads.slice(2)]) {
      const adding = dag.addBlock({ ...later, payloads });
      turns.push(await observed(adding));
      await expect(adding).rejects.toMatchObject({ code: 'ERR_QANTO_CONTENT_ROOT_MISMATCH' });
    }
    expect(turns[0]).toBeGreaterThan(1);
    expect(turns[1]).toBe(0);
  });

  test('is a duplicate if it is offered again while it is being checked', async () => {
    const results = await Promise.all([dag.addBlock(full), dag.addBlock(encodeBlock(full))]);
    expect(results.map(({ status }) => status)).toEqual(['accepted', 'duplicate']);
  });

  test('stays an orphan, once its parent has arrived, until it is on disk', async () => {
    const source = await openDag();
    await source.addBlock(small);
    const child = mine(source.buildTemplate({ address: ADDRESS, payloads: full.payloads }));
    await source.close();
    await dag.addBlock(child);
    const statuses = new Set<string>();
    const adding = dag.addBlock(small);
    await observed(adding, () => {
      void dag.getStatus(hashOf(child)).then((status) => statuses.add(status));
    });
    await expect(dag.getStatus(hashOf(child))).resolves.toBe('accepted');
    expect([...statuses]).toEqual(['orphan']);
  });

  test('is still accepted if the DAG is closed while it is being checked', async () => {
    const adding = dag.addBlock(full);
    await dag.close();
    await expect(adding).resolves.toMatchObject({ status: 'accepted' });
    expect(store.transactions).toEqual([[hashOf(full)]]);
  });

  test('is refused together with the others of its transaction if the write fails, and none of them is visible', async () => {
    store.failure = new Error('no space left on device');
    const results = await Promise.allSettled([dag.addBlock(small), dag.addBlock(full)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    for (const block of [small, full]) expect(dag.getView(hashOf(block))).toBeUndefined();
    expect(dag.info()).toMatchObject({ blockCount: 1, keptBlockCount: 1, writable: false });
  });
});

describe('Steps', () => {
  function* count(steps: number, ran: number[]): Steps<number> {
    for (let step = 0; step < steps; step++) {
      ran.push(step);
      yield;
    }
    return steps;
  }

  test('have the same result in slices as without a pause', async () => {
    const [atOnce, inSlices]: [number[], number[]] = [[], []];
    expect(runAtOnce(count(1000, atOnce))).toBe(1000);
    await expect(new Slices().run(count(1000, inSlices))).resolves.toBe(1000);
    expect(inSlices).toEqual(atOnce);
  });

  test('reject with the error that they throw', async () => {
    function* fail(): Steps<void> {
      yield;
      throw new Error('a step failed');
    }
    await expect(new Slices().run(fail())).rejects.toThrow('a step failed');
  });
});

test('Large blocks that are added together are written in groups of a few megabytes', async () => {
  const dag = await openDag();
  const commits: { blocks: number; bytes: number }[] = [];
  dag.on('store-commit', (commit) => commits.push(commit));
  const payloads = Array.from({ length: 9 }, (_, i) => Buffer.alloc(99_000, i));
  const template = dag.buildTemplate({ address: ADDRESS, payloads });
  const blocks = Array.from({ length: 10 }, (_, i) => encodeBlock(mine(template.withExtraNonce(i))));
  await Promise.all(blocks.map((block) => dag.addBlock(block)));
  expect(commits.map(({ blocks: count }) => count)).toEqual([5, 5]);
  await dag.close();
});
