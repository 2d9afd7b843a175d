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

/** A memory store whose writes wait, or fail, as the test says. */
class ControlledStore extends MemoryStore {
  readonly groups: number[] = [];
  failure: Error | undefined;
  #gate: Promise<void> | undefined;

  /** Holds writes back until the function returned is called. */
  hold(): () => void {
    let release = () => {};
    this.#gate = new Promise((resolve) => {
      release = resolve;
    });
    return () => release();
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

afterEach(() => dag.close());

describe('a new DAG', () => {
  test('holds genesis and nothing else', async () => {
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
        // A genesis of bits off by one is another target; all other parameters may be one more.
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

describe('addBlock', () => {
  test('takes a block as an object or as bytes', async () => {
    const [one, two] = mineSiblings(dag, 2);
    await expect(dag.addBlock(one!)).resolves.toMatchObject({ status: 'accepted' });
    await expect(dag.addBlock(encodeBlock(two!))).resolves.toMatchObject({ status: 'accepted' });
    expect(dag.info().tipCount).toBe(2);
  });

  test('tells a duplicate, and does nothing', async () => {
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

  test('settles each of them by itself', async () => {
    const [good, other] = mineSiblings(dag, 2) as [Block, Block];
    const bad = { ...other, payloads: [Buffer.from('x')] };
    const results = await Promise.allSettled([dag.addBlock(good), dag.addBlock(bad), dag.addBlock(good)]);
    expect(results).toEqual([
      { status: 'fulfilled', value: expect.objectContaining({ status: 'accepted' }) },
      { status: 'rejected', reason: expect.objectContaining({ code: 'ERR_QANTO_CONTENT_ROOT_MISMATCH' }) },
      { status: 'fulfilled', value: expect.objectContaining({ status: 'duplicate' }) },
    ]);
  });

  test('is not misled by bytes that change while it waits', async () => {
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

describe('before a block is on disk', () => {
  test('nothing of it is seen and nobody is told', async () => {
    const release = store.hold();
    const told = jest.fn();
    dag.on('block-added', told).on('virtual-changed', told);
    const before = dag.info();
    const block = mine(dag.buildTemplate({ address: ADDRESS }));
    const adding = dag.addBlock(block);
    await new Promise(setImmediate);

    expect(store.groups).toEqual([1]);
    expect(told).not.toHaveBeenCalled();
    expect(dag.info()).toEqual(before);
    expect(dag.tips()).toEqual([dag.genesis]);
    expect([...dag.order()]).toEqual([dag.genesis]);
    await expect(dag.getStatus(hashOf(block))).resolves.toBe('unknown');
    await expect(dag.getBlock(hashOf(block))).resolves.toBeUndefined();
    expect(dag.getView(hashOf(block))).toBeUndefined();

    release();
    await adding;
    expect(told).toHaveBeenCalledTimes(2);
    expect(dag.tips()).toEqual([hashOf(block)]);
  });

  test('close waits for it', async () => {
    const release = store.hold();
    const adding = dag.addBlock(mine(dag.buildTemplate({ address: ADDRESS })));
    const closing = dag.close();
    release();
    await expect(adding).resolves.toMatchObject({ status: 'accepted' });
    await closing;
    expect(store.size).toBe(1);
  });
});

describe('when the store fails', () => {
  test('the blocks are refused, stay unseen, and nothing more is accepted', async () => {
    store.failure = new Error('no space left on device');
    const before = dag.info();
    const block = mine(dag.buildTemplate({ address: ADDRESS }));
    await expect(dag.addBlock(block)).rejects.toThrow('no space left on device');
    store.failure = undefined;
    await expect(dag.addBlock(block)).rejects.toThrow('no space left on device');
    expect(dag.info()).toEqual({ ...before, writable: false });
    await expect(dag.getStatus(hashOf(block))).resolves.toBe('unknown');
  });

  test('what was acknowledged before is there when it is opened again', async () => {
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

describe('events', () => {
  test('tell of blocks before they tell of the order they are in, and both before the promise', async () => {
    const log: string[] = [];
    dag.on('virtual-changed', ({ sink }) => log.push(`virtual ${sink}`));
    dag.on('block-added', ({ hash }) => log.push(`block ${hash}`));
    const block = mine(dag.buildTemplate({ address: ADDRESS }));
    await dag.addBlock(block).then(() => log.push('promise'));
    expect(log).toEqual([`block ${hashOf(block)}`, `virtual ${hashOf(block)}`, 'promise']);
  });

  test('replay to the order, through reorganisations', async () => {
    const replica = [...dag.order()];
    let removals = 0;
    dag.on('virtual-changed', ({ removed, added }: VirtualChange) => {
      removals += removed.length;
      expect(replica.splice(replica.length - removed.length)).toEqual(removed);
      replica.push(...added);
      expect(replica).toEqual([...dag.order()]);
    });
    // Two chains from genesis that overtake each other again and again.
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

  test('a listener that throws surfaces as uncaught and stops nothing', async () => {
    const uncaught = jest.spyOn(process, 'nextTick').mockImplementation(() => {});
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

describe('opened again', () => {
  test('the DAG has the same tips, order and virtual state', async () => {
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

  test('the logical clock goes on after the last block', async () => {
    await mineAndAdd(dag, 3);
    await dag.close();
    dag = await openStored(store);
    const { timestampMs } = dag.buildTemplate({ address: ADDRESS }).context;
    expect(timestampMs).toBe(dag.info().lastBlockTimestampMs + regtest.targetTimePerBlockMs);
  });
});

describe('a closed DAG', () => {
  test('answers every call with ERR_QANTO_CLOSED, and closes once', async () => {
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

describe('open', () => {
  test.each([
    ['neither a directory nor a store', { network: 'regtest' as const }],
    ['both', { network: 'regtest' as const, dataDir: 'x', store: new MemoryStore() }],
    ['an unknown network', { network: 'mainnet' as 'devnet', store: new MemoryStore() }],
    ['a network without a name', { network: { ...devnet, name: '' }, store: new MemoryStore() }],
    [
      'more parents than a context can count',
      { network: { ...devnet, maxParents: 256 }, store: new MemoryStore() },
    ],
    ['bits that are no target', { network: { ...devnet, genesisBits: 0 }, store: new MemoryStore() }],
    ['a window that is none', { network: { ...devnet, difficultyWindow: 0 }, store: new MemoryStore() }],
  ])('refuses %s', async (_, options) => {
    await expect(QantoDag.open(options)).rejects.toMatchObject({ code: 'ERR_QANTO_INVALID_ARGUMENT' });
  });

  test.each([
    ['minFreeBytes', [-1, 0.5, 2 ** 53, '64 MiB'], [0, 1, 2 ** 40]],
    ['cacheBytes', [0, 2 ** 20 - 1, 2 ** 20 + 0.5, 2 ** 30 + 1], [2 ** 20, 2 ** 30]],
  ])('refuses a %s that cannot be, and takes one that can', async (name, wrong, right) => {
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

  test('lets the store go when it refuses', async () => {
    const kept = new MemoryStore();
    const bad = { ...regtest, difficultyWindow: 0 };
    await expect(QantoDag.open({ network: bad, store: kept })).rejects.toThrow();
    await expect(QantoDag.open({ network: bad, store: kept })).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
    });
  });

  test('refuses a store that is open', async () => {
    await expect(openStored(store)).rejects.toMatchObject({ code: 'ERR_QANTO_STORE_LOCKED' });
  });
});

test('under real time a template carries the time, and above the past median time when that is later', async () => {
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
