import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type Block, encodeBlock } from '../../ts/dag/block.ts';
import {
  devnet,
  MemoryStore,
  QantoDag,
  regtest,
  type StoredBlock,
  type VirtualChange,
} from '../../ts/dag/index.ts';
import { seededEnvironment } from '../../ts/environment.ts';
import { until } from '../until.ts';
import {
  ADDRESS,
  fixedEnvironment,
  hashOf,
  mine,
  mineAndAdd,
  mineOn,
  mineSiblings,
  openDag,
} from './support.ts';

/** A memory store whose writes can be delayed or made to fail. */
class ControlledStore extends MemoryStore {
  readonly groups: number[] = [];
  failure: Error | undefined;
  #gate: Promise<void> | undefined;
  #release = () => {};

  /** Delays writes until `release` is called. */
  hold(): void {
    this.#gate = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  release(): void {
    this.#release();
  }

  override async append(blocks: readonly StoredBlock[]): Promise<void> {
    this.groups.push(blocks.length);
    await this.#gate;
    if (this.failure) throw this.failure;
    await super.append(blocks);
  }
}

let store: ControlledStore;
let dag: QantoDag;

beforeEach(async () => {
  store = new ControlledStore();
  dag = await openDag({ store });
});

afterEach(async () => {
  // The DAG waits for its writes when it is closed.
  store.release();
  await dag.close();
});

describe('A new DAG', () => {
  test('holds only genesis', async () => {
    expect(dag.tips()).toEqual([dag.genesis]);
    expect(dag.sink()).toBe(dag.genesis);
    expect([...dag.order()]).toEqual([dag.genesis]);
    await expect(dag.getStatus(dag.genesis)).resolves.toBe('accepted');
    expect(dag.info()).toMatchObject({
      network: 'regtest',
      blockCount: 1,
      tipCount: 1,
      bits: regtest.genesisBits,
    });
  });

  test('has a genesis that commits to every parameter of the network', async () => {
    const geneses = await Promise.all(
      Object.entries(regtest).map(async ([name, value]) => {
        if (typeof value !== 'number') return dag.genesis;
        // Genesis bits reduced by one are another valid target. Every other number may be increased by one.
        const network = { ...regtest, [name]: name === 'genesisBits' ? value - 1 : value + 1 };
        const other = await QantoDag.open({ network, store: new MemoryStore() });
        await other.close();
        return other.genesis;
      }),
    );
    expect(new Set(geneses).size).toBe(
      Object.values(regtest).filter((value) => typeof value === 'number').length + 1,
    );
    for (const [name, value] of Object.entries(regtest.pruning!)) {
      const pruning = { ...regtest.pruning!, [name]: value + 1 };
      const other = await QantoDag.open({ network: { ...regtest, pruning }, store: new MemoryStore() });
      await other.close();
      expect(geneses).not.toContain(other.genesis);
    }
  });
});

describe('The method addBlock', () => {
  test('accepts a block as an object or as bytes', async () => {
    const [one, two] = mineSiblings(dag, 2);
    await expect(dag.addBlock(one!)).resolves.toMatchObject({ status: 'accepted' });
    await expect(dag.addBlock(encodeBlock(two!))).resolves.toMatchObject({ status: 'accepted' });
    expect(dag.info().tipCount).toBe(2);
  });

  test('reports a duplicate and changes nothing', async () => {
    const [hash] = await mineAndAdd(dag, 1);
    const changed = jest.fn();
    dag.on('virtual-changed', changed);
    await expect(dag.addBlock((await dag.getBlock(hash!))!)).resolves.toEqual({ hash, status: 'duplicate' });
    expect(changed).not.toHaveBeenCalled();
    expect(store.groups).toEqual([1]);
  });

  test('writes blocks that are offered together in one transaction', async () => {
    const results = await Promise.all(mineSiblings(dag, 5).map((block) => dag.addBlock(block)));
    expect(results.map(({ status }) => status)).toEqual(Array(5).fill('accepted'));
    expect(store.groups).toEqual([5]);
  });

  test('settles each of the blocks that are offered together on its own', async () => {
    const [good, other] = mineSiblings(dag, 2) as [Block, Block];
    const bad = { ...other, payloads: [Buffer.from('x')] };
    const results = await Promise.allSettled([dag.addBlock(good), dag.addBlock(bad), dag.addBlock(good)]);
    expect(results).toEqual([
      { status: 'fulfilled', value: expect.objectContaining({ status: 'accepted' }) },
      { status: 'rejected', reason: expect.objectContaining({ code: 'ERR_QANTO_CONTENT_ROOT_MISMATCH' }) },
      { status: 'fulfilled', value: expect.objectContaining({ status: 'duplicate' }) },
    ]);
  });

  test('is not affected by bytes that change while it waits', async () => {
    const block = mine(dag.buildTemplate({ address: ADDRESS, payloads: [Buffer.from('kept')] }));
    const bytes = encodeBlock(block);
    const adding = dag.addBlock(bytes);
    bytes.fill(0);
    const { hash } = await adding;
    await expect(dag.getBlock(hash)).resolves.toEqual(block);
  });

  test('refuses an object that cannot be encoded', async () => {
    const block = mine(dag.buildTemplate({ address: ADDRESS }));
    const unencodable = { ...block, coinbase: { address: 'nobody', extraNonce: 0n } };
    await expect(dag.addBlock(unencodable)).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
      argument: 'coinbase.address',
    });
  });
});

describe('A block that is not on disk yet', () => {
  test('is not visible and not reported by any event', async () => {
    store.hold();
    const listener = jest.fn();
    dag.on('block-added', listener).on('virtual-changed', listener);
    const before = dag.info();
    const block = mine(dag.buildTemplate({ address: ADDRESS }));
    const adding = dag.addBlock(block);
    await until(() => store.groups.length > 0);

    expect(store.groups).toEqual([1]);
    expect(listener).not.toHaveBeenCalled();
    expect(dag.info()).toEqual(before);
    expect(dag.tips()).toEqual([dag.genesis]);
    expect([...dag.order()]).toEqual([dag.genesis]);
    await expect(dag.getStatus(hashOf(block))).resolves.toBe('unknown');
    await expect(dag.getBlock(hashOf(block))).resolves.toBeUndefined();
    expect(dag.getView(hashOf(block))).toBeUndefined();

    store.release();
    await adding;
    expect(listener).toHaveBeenCalledTimes(2);
    expect(dag.tips()).toEqual([hashOf(block)]);
  });

  test('is waited for by close()', async () => {
    store.hold();
    const adding = dag.addBlock(mine(dag.buildTemplate({ address: ADDRESS })));
    const closing = dag.close();
    store.release();
    await expect(adding).resolves.toMatchObject({ status: 'accepted' });
    await closing;
    expect(store.size).toBe(1);
  });
});

describe('A DAG whose store fails', () => {
  test('refuses the blocks, does not show them, and accepts no more blocks', async () => {
    store.failure = new Error('no space left on device');
    const before = dag.info();
    const block = mine(dag.buildTemplate({ address: ADDRESS }));
    await expect(dag.addBlock(block)).rejects.toThrow('no space left on device');
    store.failure = undefined;
    await expect(dag.addBlock(block)).rejects.toThrow('no space left on device');
    expect(dag.info()).toEqual({ ...before, writable: false });
    await expect(dag.getStatus(hashOf(block))).resolves.toBe('unknown');
  });

  test('has the blocks that were acknowledged before when it is opened again', async () => {
    const [kept] = await mineAndAdd(dag, 1);
    store.failure = new Error('no space left on device');
    const block = mine(dag.buildTemplate({ address: ADDRESS }));
    await expect(dag.addBlock(block)).rejects.toThrow();
    await dag.close();
    store.failure = undefined;
    dag = await openStored(store);
    expect(dag.tips()).toEqual([kept]);
    await expect(dag.addBlock(block)).resolves.toMatchObject({ status: 'accepted' });
  });
});

describe('The events of a DAG', () => {
  test('report blocks before the total order that contains them, and both before the promise settles', async () => {
    const log: string[] = [];
    dag.on('virtual-changed', ({ sink }) => log.push(`virtual ${sink}`));
    dag.on('block-added', ({ hash }) => log.push(`block ${hash}`));
    const block = mine(dag.buildTemplate({ address: ADDRESS }));
    await dag.addBlock(block).then(() => log.push('promise'));
    expect(log).toEqual([`block ${hashOf(block)}`, `virtual ${hashOf(block)}`, 'promise']);
  });

  test('keep a replica equal to the total order through reorganisations', async () => {
    const replica = [...dag.order()];
    let removals = 0;
    dag.on('virtual-changed', ({ removed, added }: VirtualChange) => {
      removals += removed.length;
      expect(replica.splice(replica.length - removed.length)).toEqual(removed);
      replica.push(...added);
      expect(replica).toEqual([...dag.order()]);
    });
    // Two chains from genesis overtake each other repeatedly.
    const ends = [dag.genesis, dag.genesis];
    for (const [round, length] of [3, 5, 6, 8, 4, 3].entries()) {
      for (let index = 0; index < length; index++) {
        const block = mineOn(dag, [ends[round % 2]!], { extraNonce: round });
        ends[round % 2] = (await dag.addBlock(block)).hash;
      }
    }
    expect(removals).toBeGreaterThan(0);
    expect(replica).toHaveLength(dag.info().blockCount);
  });

  test('continue after a listener throws, whose error becomes an uncaught exception', async () => {
    const uncaught = jest.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {});
    dag.on('block-added', () => {
      throw new Error('a bug elsewhere');
    });
    const changed = once(dag, 'virtual-changed');
    const hash = hashOf(mine(dag.buildTemplate({ address: ADDRESS })));
    const adding = dag.addBlock(mine(dag.buildTemplate({ address: ADDRESS })));
    await expect(adding).resolves.toMatchObject({ hash, status: 'accepted' });
    const thrower = uncaught.mock.calls
      .map(([callback]) => callback)
      .find((callback) => throws(callback as () => void));
    uncaught.mockRestore();
    expect(thrower).toBeDefined();
    await expect(changed).resolves.toEqual([expect.objectContaining({ sink: hash })]);
  });
});

describe('A DAG that is opened again', () => {
  test('has the same tips, total order and virtual state', async () => {
    await mineAndAdd(dag, 5);
    await Promise.all(mineSiblings(dag, 3).map((block) => dag.addBlock(block)));
    await mineAndAdd(dag, 2);
    const before = { tips: dag.tips(), order: [...dag.order()], info: dag.info() };
    const template = dag.buildTemplate({ address: ADDRESS });
    await dag.close();
    dag = await openStored(store);
    expect({ tips: dag.tips(), order: [...dag.order()], info: dag.info() }).toEqual(before);
    expect(dag.buildTemplate({ address: ADDRESS }).header).toEqual(template.header);
  });

  test('has a logical clock that continues after the last block', async () => {
    await mineAndAdd(dag, 3);
    await dag.close();
    dag = await openStored(store);
    const { timestampMs } = dag.buildTemplate({ address: ADDRESS }).context;
    expect(timestampMs).toBe(dag.info().lastBlockTimestampMs + regtest.targetTimePerBlockMs);
  });
});

describe('A closed DAG', () => {
  test('refuses every call with ERR_QANTO_CLOSED, and closes only once', async () => {
    const template = dag.buildTemplate({ address: ADDRESS });
    const closing = dag.close();
    expect(dag.close()).toBe(closing);
    await closing;
    const closed = expect.objectContaining({ code: 'ERR_QANTO_CLOSED' });
    await expect(dag.addBlock(mine(template))).rejects.toEqual(closed);
    await expect(dag.getBlock(dag.genesis)).rejects.toEqual(closed);
    await expect(dag.getStatus(dag.genesis)).rejects.toEqual(closed);
    for (const call of [
      () => dag.tips(),
      () => dag.sink(),
      () => dag.order(),
      () => dag.info(),
      () => dag.getView(dag.genesis),
      () => dag.buildTemplate({ address: ADDRESS }),
    ]) {
      expect(call).toThrow(closed);
    }
  });
});

describe('The method open', () => {
  test.each([
    ['neither a directory nor a store', { network: 'regtest' as const }],
    ['both a directory and a store', { network: 'regtest' as const, dataDir: 'x', store: new MemoryStore() }],
    ['an unknown network', { network: 'mainnet' as 'devnet', store: new MemoryStore() }],
    ['a network without a name', { network: { ...devnet, name: '' }, store: new MemoryStore() }],
    [
      'more parents than a context can have',
      { network: { ...devnet, maxParents: 256 }, store: new MemoryStore() },
    ],
    [
      'bits that do not encode a target',
      { network: { ...devnet, genesisBits: 0 }, store: new MemoryStore() },
    ],
    ['a window of no blocks', { network: { ...devnet, difficultyWindow: 0 }, store: new MemoryStore() }],
  ])('refuses %s', async (_, options) => {
    await expect(QantoDag.open(options)).rejects.toMatchObject({ code: 'ERR_QANTO_INVALID_ARGUMENT' });
  });

  test.each([
    ['minFreeBytes', [-1, 0.5, 2 ** 53, '64 MiB'], [0, 1, 2 ** 40]],
    ['cacheBytes', [0, 2 ** 20 - 1, 2 ** 20 + 0.5, 2 ** 30 + 1], [2 ** 20, 2 ** 30]],
  ])('refuses an invalid %s and accepts a valid one', async (name, wrong, right) => {
    for (const value of wrong) {
      const opening = QantoDag.open({ network: 'regtest', store: new MemoryStore(), [name]: value });
      await expect(opening).rejects.toMatchObject({
        code: 'ERR_QANTO_INVALID_ARGUMENT',
        argument: `options.${name}`,
      });
    }
    for (const value of right) {
      const opened = await QantoDag.open({ network: 'regtest', store: new MemoryStore(), [name]: value });
      await opened.close();
    }
  });

  test('closes the store if it rejects', async () => {
    const kept = new MemoryStore();
    const bad = { ...regtest, difficultyWindow: 0 };
    await expect(QantoDag.open({ network: bad, store: kept })).rejects.toThrow();
    await expect(QantoDag.open({ network: bad, store: kept })).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
    });
  });

  test('refuses a store that is already open', async () => {
    await expect(openStored(store)).rejects.toMatchObject({ code: 'ERR_QANTO_STORE_LOCKED' });
  });
});

test('A template under real time has the time of the clock, or 1 ms after the past median time if that is later', async () => {
  const environment = fixedEnvironment(regtest.genesisTimestampMs + 5000);
  const timed = await openDag({ environment });
  expect(timed.buildTemplate({ address: ADDRESS }).context.timestampMs).toBe(environment.nowMs);
  environment.nowMs = regtest.genesisTimestampMs - 5000;
  expect(timed.buildTemplate({ address: ADDRESS }).context.timestampMs).toBe(regtest.genesisTimestampMs + 1);
  await timed.close();
});

function openStored(stored: MemoryStore): Promise<QantoDag> {
  return QantoDag.open({ network: regtest, store: stored, environment: seededEnvironment(1) });
}

function throws(callback: () => void): boolean {
  try {
    callback();
    return false;
  } catch {
    return true;
  }
}
