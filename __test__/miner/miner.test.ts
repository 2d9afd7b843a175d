import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { encodeHeader, HEADER_VERSION, MemoryStore, QantoDag, regtest } from '../../ts/dag/index.ts';
import { type Environment, seededEnvironment } from '../../ts/environment.ts';
import { QueueFullError } from '../../ts/errors.ts';
import {
  type MinableDag,
  type MinedReport,
  Miner,
  type MinerConfig,
  type MinerEvents,
} from '../../ts/miner/index.ts';
import { blockHeader, rolledVersion, verifyPow } from '../../ts/pow/index.ts';
import { mineBlocks, openTestDag, TEST_ADDRESS } from '../../ts/testing.ts';
import { HeldSolver, HeldTimers, searchHere } from './support.ts';

const solveHere = async (...args: Parameters<typeof searchHere>) => searchHere(...args);

let dag: QantoDag;
let solver: HeldSolver;
let timers: HeldTimers;
let miner: Miner;
let events: string[];

beforeEach(async () => {
  dag = await openTestDag({ network: 'regtest' });
  solver = new HeldSolver();
  timers = new HeldTimers();
  miner = makeMiner();
});

afterEach(async () => {
  await miner.stop();
  await dag.close();
});

function makeMiner(
  config: Partial<MinerConfig> = {},
  on: MinableDag = dag,
  environment?: Environment,
): Miner {
  const made = new Miner(
    on,
    { address: TEST_ADDRESS, backoff: { jitter: 0 }, ...config },
    { solve: solver.solve, timers, ...(environment ? { environment } : {}) },
  );
  events = [];
  for (const name of EVENT_NAMES) made.on(name, () => events.push(name));
  made.on('circuit', ({ from, to }) => events.push(`${from} -> ${to}`));
  return made;
}

const EVENT_NAMES: (keyof MinerEvents)[] = [
  'mined',
  'stale',
  'timed-out',
  'exhausted',
  'cancelled',
  'failed',
  'gave-up',
];

/** Resolves with what the event says the next time it comes. */
async function next<Name extends keyof MinerEvents>(name: Name): Promise<MinerEvents[Name][0]> {
  const [value] = await once(miner, name);
  return value;
}

/** The DAG with some of its methods replaced. */
function dagWith(overrides: Partial<MinableDag>): MinableDag {
  return {
    network: dag.network,
    environment: dag.environment,
    sink: () => dag.sink(),
    buildTemplate: (options) => dag.buildTemplate(options),
    addBlock: (block) => dag.addBlock(block),
    on: dag.on.bind(dag),
    off: dag.off.bind(dag),
    ...overrides,
  };
}

describe('a block that is found', () => {
  test('is added to the DAG and reported', async () => {
    miner.start();
    const search = await solver.next();
    const mined = next('mined');
    search.find();
    const { hash, template, hashes } = await mined;
    expect(dag.sink()).toBe(hash);
    expect(template.parents).toEqual([dag.genesis]);
    expect(hashes).toBeGreaterThan(0);
    expect(miner.status().counts).toMatchObject({ mined: 1, failed: 0 });
  });

  test('has the first of the versions that its nonce is a hit with', async () => {
    const mined: MinedReport[] = [];
    miner = new Miner(dag, { address: TEST_ADDRESS, threads: 1 });
    miner.on('mined', (report) => mined.push(report));
    miner.start();
    while (mined.length < 5) await next('mined');
    await miner.stop();
    for (const { hash, nonce, variant } of mined) {
      const { header } = dag.getBlock(hash)!;
      expect(header).toMatchObject({ nonce, version: rolledVersion(HEADER_VERSION, variant) });
      const earlier = Array.from({ length: variant }, (_, before) => rolledVersion(HEADER_VERSION, before));
      for (const version of earlier) {
        expect(verifyPow(blockHeader(encodeHeader({ ...header, version })), nonce)).toBe(false);
      }
    }
    expect(new Set(mined.map(({ variant }) => variant)).size).toBeGreaterThan(1);
  });

  test('is followed by a template on it', async () => {
    miner.start();
    (await solver.next()).find();
    const { hash } = await next('mined');
    (await solver.next()).find();
    expect((await next('mined')).template.selectedParent).toBe(hash);
  });

  test('was announced as a template before it was searched', async () => {
    const announced = next('template');
    miner.start();
    const search = await solver.next();
    const mined = next('mined');
    search.find();
    expect(await announced).toEqual((await mined).template);
  });

  test('is worth what the DAG asks for, after time-outs too', async () => {
    miner = makeMiner({ solveTimeoutMs: 1000 });
    miner.start();
    const targets: bigint[] = [];
    for (let n = 0; n < 4; n += 1) {
      const search = await solver.next();
      targets.push(search.template.target);
      search.timeOut();
      (await timers.next()).elapse();
    }
    (await solver.next()).find();
    await next('mined');
    expect(new Set(targets).size).toBe(1);
    expect(miner.status().counts.mined).toBe(1);
  });
});

test.each([
  ['sha256d', 16],
  ['blake3', undefined],
] as const)(
  'on a network of %s a search tries %p versions with each nonce',
  async (powAlgorithm, versions) => {
    const network = { ...regtest, name: 'other', powAlgorithm };
    const other = await QantoDag.open({
      network,
      store: new MemoryStore(),
      environment: seededEnvironment(1),
    });
    miner = makeMiner({}, other);
    miner.start();
    expect((await solver.next()).template.versionRolling).toBe(versions);
    await miner.stop();
    await other.close();
  },
);

describe('a change of the DAG from elsewhere', () => {
  test('ends the search as stale and begins one on the new sink, without a wait', async () => {
    miner.start();
    const search = await solver.next();
    const stale = next('stale');
    const [hash] = await mineBlocks(dag, 1, { solve: solveHere, environment: seededEnvironment(7) });
    expect(search.options.signal?.aborted).toBe(true);
    expect((await stale).template.parents).not.toContain(hash);
    (await solver.next()).find();
    expect((await next('mined')).template.selectedParent).toBe(hash);
    expect(miner.status().counts).toMatchObject({ stale: 1, mined: 1, cancelled: 0, failed: 0 });
  });

  test('leaves no listener of an ended search behind', async () => {
    const before = dag.listenerCount('virtual-changed');
    miner.start();
    for (let n = 0; n < 3; n += 1) (await solver.next()).find();
    await solver.next();
    expect(dag.listenerCount('virtual-changed')).toBe(before + 1);
    await miner.stop();
    expect(dag.listenerCount('virtual-changed')).toBe(before);
  });
});

describe('a listener that throws', () => {
  test('has its error thrown where nobody catches it, and does not end the mining', async () => {
    const later = jest.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {});
    const bug = new Error('bug in a listener');
    miner.once('mined', () => {
      throw bug;
    });
    miner.start();
    (await solver.next()).find();
    (await solver.next()).find();
    await solver.next();
    const thrown = later.mock.calls.map(([callback]) => callback);
    later.mockRestore();
    expect(miner.status().counts.mined).toBe(2);
    expect(thrown).toHaveLength(1);
    expect(thrown[0]).toThrow(bug);
  });
});

describe('stop()', () => {
  test('cancels the search and resolves when it has ended', async () => {
    miner.start();
    await solver.next();
    await miner.stop();
    expect(solver.running).toBe(0);
    expect(miner.state).toBe('stopped');
    expect(events).toEqual(['cancelled']);
    expect(miner.status().counts).toMatchObject({ cancelled: 1, stale: 0, failed: 0, timedOut: 0 });
  });

  test('waits for a block that is being submitted', async () => {
    let submitted = () => {};
    const held = new Promise<void>((resolve) => {
      submitted = resolve;
    });
    miner = makeMiner({}, dagWith({ addBlock: (block) => held.then(() => dag.addBlock(block)) }));
    miner.start();
    (await solver.next()).find();
    const stopped = miner.stop();
    submitted();
    await stopped;
    expect(events).toEqual(['mined']);
    expect(dag.info().blockCount).toBe(2);
  });

  test('ends a wait at once', async () => {
    miner = makeMiner({ solveTimeoutMs: 1000 });
    miner.start();
    (await solver.next()).timeOut();
    await timers.next();
    await miner.stop();
    expect(miner.state).toBe('stopped');
  });

  test('from a listener of the last block wanted begins no further search', async () => {
    miner.on('mined', () => void miner.stop());
    miner.start();
    (await solver.next()).find();
    await next('mined');
    await miner.stop();
    expect(solver.waiting).toBe(0);
  });

  test('before anything was started does nothing', async () => {
    await miner.stop();
    expect(events).toEqual([]);
  });
});

describe('start()', () => {
  test('twice begins one search', async () => {
    miner.start();
    miner.start();
    await solver.next();
    expect(solver.running).toBe(1);
  });

  test('after a stop mines on', async () => {
    miner.start();
    await solver.next();
    void miner.stop();
    miner.start();
    (await solver.next()).find();
    await next('mined');
    expect(events).toEqual(['cancelled', 'mined']);
  });
});

describe('time-outs', () => {
  beforeEach(() => {
    miner = makeMiner({ solveTimeoutMs: 1000 });
    miner.start();
  });

  test('refresh the template and search elsewhere', async () => {
    const first = await solver.next();
    first.timeOut();
    (await timers.next()).elapse();
    const second = await solver.next();
    expect(second.template.preimage).not.toEqual(first.template.preimage);
    expect(second.options.startNonce).not.toBe(first.options.startNonce);
  });

  test('are waited out longer each time, at most 5 s, and given up after ten', async () => {
    const waits: number[] = [];
    for (let n = 0; n < 10; n += 1) {
      (await solver.next()).timeOut();
      const sleep = await timers.next();
      waits.push(sleep.ms);
      sleep.elapse();
    }
    await solver.next();
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000]);
    expect(events.filter((name) => name === 'gave-up')).toHaveLength(1);
    expect(miner.status().counts).toMatchObject({ timedOut: 10, failed: 0 });
  });

  test('begin their waits anew after a block', async () => {
    for (let n = 0; n < 3; n += 1) {
      (await solver.next()).timeOut();
      (await timers.next()).elapse();
    }
    (await solver.next()).find();
    (await solver.next()).timeOut();
    expect((await timers.next()).ms).toBe(100);
  });

  test('open the circuit when five whole sequences of tries brought nothing', async () => {
    for (let n = 0; n < 50; n += 1) {
      expect(miner.status().circuit).toBe('closed');
      (await solver.next()).timeOut();
      const sleep = await timers.next();
      if (n === 49) expect(sleep.ms).toBe(30_000);
      sleep.elapse();
    }
    await solver.next();
    expect(events.filter((name) => name.includes('->'))).toEqual(['closed -> open', 'open -> half-open']);
  });
});

describe('an exhausted nonce space', () => {
  test('rolls the extra nonce at once, without a wait', async () => {
    miner.start();
    const first = await solver.next();
    first.exhaust();
    const second = await solver.next();
    expect(second.template.preimage).not.toEqual(first.template.preimage);
    expect(second.template.target).toBe(first.template.target);
    expect(events).toEqual(['exhausted']);
    expect(miner.status().counts).toMatchObject({ exhausted: 1, timedOut: 0, failed: 0 });
  });
});

describe('failures', () => {
  test('of the search are reported with their stage and error, and tried again after a wait', async () => {
    const error = new QueueFullError(10);
    miner.start();
    const failed = next('failed');
    (await solver.next()).fail(error);
    expect(await failed).toEqual({ stage: 'solve', error });
    expect((await timers.next()).ms).toBe(100);
    expect(miner.state).toBe('backing-off');
  });

  test('of the template have stage template', async () => {
    const error = new Error('no template');
    const buildTemplate = () => {
      throw error;
    };
    miner = makeMiner({}, dagWith({ buildTemplate }));
    const failed = next('failed');
    miner.start();
    expect(await failed).toEqual({ stage: 'template', error });
  });

  test('of the submission have stage submit', async () => {
    const error = new Error('disk full');
    miner = makeMiner({}, dagWith({ addBlock: () => Promise.reject(error) }));
    const failed = next('failed');
    miner.start();
    (await solver.next()).find();
    expect(await failed).toEqual({ stage: 'submit', error });
    expect(miner.status().counts).toMatchObject({ mined: 0, failed: 1 });
  });

  test('five in a row open the circuit; a probe follows after 30 s and two blocks close it', async () => {
    miner.start();
    const waits: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      (await solver.next()).fail(new Error('again'));
      const sleep = await timers.next();
      waits.push(sleep.ms);
      if (n === 4) expect(miner.state).toBe('paused');
      sleep.elapse();
    }
    expect(waits).toEqual([100, 200, 400, 800, 30_000]);
    (await solver.next()).find();
    (await solver.next()).find();
    await solver.next();
    expect(events.filter((name) => name.includes('->'))).toEqual([
      'closed -> open',
      'open -> half-open',
      'half-open -> closed',
    ]);
  });

  test('of the probe open the circuit again', async () => {
    miner.start();
    for (let n = 0; n < 5; n += 1) {
      (await solver.next()).fail(new Error('again'));
      (await timers.next()).elapse();
    }
    (await solver.next()).fail(new Error('still'));
    expect((await timers.next()).ms).toBe(30_000);
    expect(miner.status().circuit).toBe('open');
  });
});

describe('the hash rate', () => {
  test('is unknown at first, then what the search reports, and 0 when nothing is hashed', async () => {
    miner = makeMiner({ solveTimeoutMs: 1000 });
    expect(miner.status().hashesPerSecond).toBe(0);
    miner.start();
    const search = await solver.next();
    expect(miner.status().hashesPerSecond).toBeUndefined();
    timers.advance(100);
    search.options.onProgress?.({ hashes: 5000, elapsedMs: 100, hashesPerSecond: 50_000 });
    expect(miner.status()).toMatchObject({ hashes: 5000, hashesPerSecond: 50_000 });
    search.timeOut();
    await timers.next();
    expect(miner.status().hashesPerSecond).toBe(0);
  });
});

describe('under a seed', () => {
  test('start nonces and headers are the same in every run', async () => {
    const searched = async (seed: number) => {
      const own = await openTestDag({ network: 'regtest', seed });
      miner = makeMiner({}, own);
      miner.start();
      const { template, options } = await solver.next();
      await miner.stop();
      await own.close();
      return { header: Buffer.from(template.preimage).toString('hex'), startNonce: options.startNonce };
    };
    expect(await searched(1)).toEqual(await searched(1));
    expect(await searched(1)).not.toEqual(await searched(2));
  });

  test('a search that was cancelled is begun again as it was', async () => {
    miner.start();
    const before = await solver.next();
    await miner.stop();
    miner.start();
    const after = await solver.next();
    expect(after.options.startNonce).toBe(before.options.startNonce);
    expect(after.template.preimage).toEqual(before.template.preimage);
  });

  test('jitter is the same in every run, and shortens the wait', async () => {
    const wait = async () => {
      miner = makeMiner({ solveTimeoutMs: 1000, backoff: { jitter: 0.5 } });
      miner.start();
      (await solver.next()).timeOut();
      const { ms } = await timers.next();
      await miner.stop();
      return ms;
    };
    const first = await wait();
    expect(await wait()).toBe(first);
    expect(first).toBeLessThan(100);
    expect(first).toBeGreaterThanOrEqual(50);
  });

  test('no search is timed out unless that was asked for', async () => {
    miner.start();
    expect((await solver.next()).options.timeoutMs).toBeUndefined();
  });
});

describe('without a seed', () => {
  const real: Environment = { ...seededEnvironment(1), seed: undefined };

  test('a template is searched for ten block times', async () => {
    miner = makeMiner({}, dag, real);
    miner.start();
    expect((await solver.next()).options.timeoutMs).toBe(10 * dag.network.targetTimePerBlockMs);
  });

  test('a target block time of its own changes the time-out and not the target', async () => {
    miner = makeMiner({ targetBlockTimeMs: 50 }, dag, real);
    miner.start();
    const { options, template } = await solver.next();
    expect(options.timeoutMs).toBe(500);
    expect(template.target).toBe(dag.buildTemplate({ address: TEST_ADDRESS }).target);
  });
});

describe('the configuration', () => {
  test('hands the thread limit to the search', async () => {
    miner = makeMiner({ threads: 3 });
    miner.start();
    expect((await solver.next()).options.threads).toBe(3);
  });

  test.each([
    ['address', { address: 'abc' }],
    ['address', { address: `${'0'.repeat(63)}g` }],
    ['threads', { threads: 0 }],
    ['threads', { threads: 257 }],
    ['threads', { threads: 1.5 }],
    ['solveTimeoutMs', { solveTimeoutMs: 0 }],
    ['targetBlockTimeMs', { targetBlockTimeMs: -1 }],
    ['backoff.maxTries', { backoff: { maxTries: 0 } }],
    ['circuit.failureThreshold', { circuit: { failureThreshold: 0 } }],
  ])('with an impossible %s is refused by name', (argument, config) => {
    expect(() => makeMiner(config)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', argument }));
  });

  test.each(['useGpu', 'zkEnabled'])('with %s is refused as unsupported', (feature) => {
    expect(() => makeMiner({ [feature]: true })).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED', feature }),
    );
  });

  test('gives payloads to every template', async () => {
    miner = new Miner(
      dag,
      { address: TEST_ADDRESS },
      { solve: solver.solve, timers, payloads: () => [Buffer.from(`block ${dag.info().blockCount}`)] },
    );
    miner.start();
    (await solver.next()).find();
    const { hash } = await next('mined');
    expect(dag.getBlock(hash)?.payloads).toEqual([Uint8Array.from(Buffer.from('block 1'))]);
  });
});
