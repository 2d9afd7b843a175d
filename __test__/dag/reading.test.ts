import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type BlockStore,
  MemoryStore,
  QantoDag,
  type StoredBlock,
  type StoredHead,
  StoreFailedError,
} from '../../ts/dag/index.ts';
import { until } from '../until.ts';
import { ADDRESS, hashOf, mine, mineAndAdd, mineSiblings, openDag, PRUNED_NETWORK } from './support.ts';

/** A memory store that can delay the results of reads and writes. */
class SlowStore extends MemoryStore {
  #reading: Promise<void> | undefined;
  #writing: Promise<void> | undefined;

  /** Delays reads until the returned function is called. */
  holdReads(): () => void {
    const { promise, release } = gate();
    this.#reading = promise;
    return release;
  }

  /** Delays the results of writes until the returned function is called. The blocks can be read meanwhile. */
  holdWrites(): () => void {
    const { promise, release } = gate();
    this.#writing = promise;
    return release;
  }

  override async read(hash: string): Promise<StoredBlock | undefined> {
    await this.#reading;
    return super.read(hash);
  }

  override async append(blocks: readonly StoredBlock[], state?: Uint8Array): Promise<void> {
    await super.append(blocks, state);
    await this.#writing;
  }
}

function gate(): { promise: Promise<void>; release: () => void } {
  let release = () => {};
  const promise = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { promise, release: () => release() };
}

let store: SlowStore;
let dag: QantoDag;

beforeEach(async () => {
  store = new SlowStore();
  dag = await openDag({ store, network: PRUNED_NETWORK });
});

afterEach(() => dag.close());

/** Mines until the block is no longer in memory. */
async function mineUntilDropped(hash: string): Promise<void> {
  while (dag.getView(hash) !== undefined) {
    await Promise.all(mineSiblings(dag, 2).map((block) => dag.addBlock(block)));
    await nextTurn();
  }
}

describe('A block that is pruned while it is read', () => {
  test('is absent and not reported as damage', async () => {
    const [hash] = await mineAndAdd(dag, 1);
    const release = store.holdReads();
    const reading = dag.getBlock(hash!);
    await mineUntilDropped(hash!);
    release();
    await expect(reading).resolves.toBeUndefined();
  });

  test('is unknown if its head was dropped', async () => {
    const mined: string[] = [];
    dag.on('block-added', ({ hash }) => mined.push(hash));
    await mineUntilDropped((await mineAndAdd(dag, 1))[0]!);
    const statuses = await Promise.all(mined.map((hash) => dag.getStatus(hash)));
    const pruned = mined[statuses.indexOf('pruned')]!;
    const release = store.holdReads();
    const asking = dag.getStatus(pruned);
    await mineUntilDropped(pruned);
    release();
    await expect(asking).resolves.toBe('unknown');
  });

  test('is refused with ERR_QANTO_BLOCK_PRUNED if only its contents were dropped', async () => {
    const mined = await mineAndAdd(dag, 1);
    dag.on('block-added', ({ hash }) => mined.push(hash));
    const release = store.holdReads();
    const readings: Promise<unknown>[] = [];
    while (dag.getView(mined[0]!) !== undefined) {
      const [block] = mineSiblings(dag, 1);
      const { hash } = await dag.addBlock(block!);
      readings.push(dag.getBlock(hash).catch(({ code }) => code));
      await nextTurn();
    }
    release();
    const answers = await Promise.all(readings);
    expect(new Set(answers.map((answer) => typeof answer))).toEqual(
      new Set(['undefined', 'string', 'object']),
    );
    expect(answers).toContain('ERR_QANTO_BLOCK_PRUNED');
    expect(answers).not.toContain('ERR_QANTO_STORE_DAMAGED');
  });
});

describe('A block that the store has lost', () => {
  test('is reported as ERR_QANTO_STORE_DAMAGED while the DAG holds it', async () => {
    const [hash] = await mineAndAdd(dag, 1);
    store.read = async () => undefined;
    await expect(dag.getBlock(hash!)).rejects.toMatchObject({
      code: 'ERR_QANTO_STORE_DAMAGED',
      message: expect.stringContaining(`block ${hash} is missing`),
    });
  });
});

describe('A block that is offered while it is read', () => {
  test('is not visible before it is on disk', async () => {
    const block = mine(dag.buildTemplate({ address: ADDRESS }));
    const [releaseReads, releaseWrites] = [store.holdReads(), store.holdWrites()];
    const reading = dag.getBlock(hashOf(block));
    const asking = dag.getStatus(hashOf(block));
    const adding = dag.addBlock(block);
    try {
      await until(() => store.size > 0);
      releaseReads();
      await expect(reading).resolves.toBeUndefined();
      await expect(asking).resolves.toBe('unknown');
    } finally {
      // The DAG waits for its writes when it is closed.
      releaseWrites();
    }
    await adding;
    await expect(dag.getBlock(hashOf(block))).resolves.toEqual(block);
  });

  test('never appears as unknown if it was an orphan', async () => {
    const source = await openDag({ network: PRUNED_NETWORK });
    const [first, second] = await mineAndAdd(source, 2);
    await dag.addBlock((await source.getBlock(second!))!);
    const { promise, release } = gate();
    // The store has read before the block was added.
    store.read = () => promise.then(() => undefined);
    const asking = dag.getStatus(second!);
    await dag.addBlock((await source.getBlock(first!))!);
    release();
    await expect(asking).resolves.toBe('orphan');
    await source.close();
  });
});

describe('The genesis block', () => {
  test('can be read without the store', async () => {
    store.read = () => Promise.reject(new Error('the store was asked'));
    await expect(dag.getBlock(dag.genesis)).resolves.toMatchObject({ payloads: expect.anything() });
    await expect(dag.getStatus(dag.genesis)).resolves.toBe('accepted');
  });
});

describe('The methods getBlock and getStatus', () => {
  test('refuse a malformed hash', async () => {
    const invalid = { code: 'ERR_QANTO_INVALID_ARGUMENT' };
    for (const hash of ['', 'xyz', 'AB'.repeat(32)]) {
      await expect(dag.getBlock(hash)).rejects.toMatchObject(invalid);
      await expect(dag.getStatus(hash)).rejects.toMatchObject(invalid);
    }
  });

  test('reject with ERR_QANTO_CLOSED if the DAG is closed while the store reads', async () => {
    const { promise, release } = gate();
    store.read = async () => {
      await promise;
      throw new StoreFailedError('memory', new Error('the store is not open'));
    };
    const asked = [dag.getBlock('ab'.repeat(32)), dag.getStatus('ab'.repeat(32))];
    const closing = dag.close();
    release();
    for (const answer of await Promise.allSettled(asked)) {
      expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'ERR_QANTO_CLOSED' } });
    }
    await closing;
  });

  test('reject with the error of a store that cannot read', async () => {
    const failure = new StoreFailedError('memory', new Error('an input/output error'));
    store.read = () => Promise.reject(failure);
    await expect(dag.getBlock('ab'.repeat(32))).rejects.toBe(failure);
    await expect(dag.getStatus('ab'.repeat(32))).rejects.toBe(failure);
  });
});

/** A store with only the required methods. */
function plainStore(): BlockStore {
  const memory = new MemoryStore();
  return {
    location: 'a plain store',
    open: (identity) => memory.open(identity),
    get size() {
      return memory.size;
    },
    get state() {
      return memory.state;
    },
    heads: () => memory.heads(),
    read: (hash) => memory.read(hash),
    append: (blocks, state) => memory.append(blocks, state),
    prune: (pruning) => memory.prune(pruning),
    close: () => memory.close(),
  };
}

describe('A custom store', () => {
  test('works with only the required methods', async () => {
    const plain = plainStore();
    const first = await openDag({ network: PRUNED_NETWORK, store: plain });
    let prunings = 0;
    first.on('pruned', () => {
      prunings += 1;
    });
    while (prunings < 2) {
      await mineAndAdd(first, 1);
      await nextTurn();
    }
    const order = [...first.order()];
    await expect(first.storeUsage()).resolves.toBeUndefined();
    await first.close();
    const second = await QantoDag.open({ network: PRUNED_NETWORK, store: plain });
    expect([...second.order()]).toEqual(order);
    expect(hashOf((await second.getBlock(order.at(-1)!))!)).toBe(order.at(-1));
    await second.close();
  });

  test('may return its heads in batches of any length', async () => {
    const mined = await mineAndAdd(dag, 10);
    await dag.close();
    const whole = store.heads.bind(store);
    store.heads = async function* (): AsyncIterable<readonly StoredHead[]> {
      yield [];
      for await (const batch of whole()) {
        yield batch.slice(0, 1);
        await nextTurn();
        yield batch.slice(1, 8);
        yield [];
        yield batch.slice(8);
      }
    };
    dag = await QantoDag.open({ network: PRUNED_NETWORK, store });
    expect([...dag.order()]).toEqual([dag.genesis, ...mined]);
  });

  test('is closed if it cannot return its heads', async () => {
    await dag.close();
    const failure = new StoreFailedError('memory', new Error('an input/output error'));
    // biome-ignore lint/correctness/useYield: it fails before it yields.
    store.heads = async function* () {
      throw failure;
    };
    const opening = QantoDag.open({ network: PRUNED_NETWORK, store });
    await expect(opening).rejects.toBe(failure);
    await store.open({ network: 'pruned', genesis: dag.genesis });
    await store.close();
  });
});
