import { setImmediate, setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Counter, Registry } from 'prom-client';
import { QantoDag, regtest } from '../../../ts/dag/index.ts';
import { seededEnvironment } from '../../../ts/environment.ts';
import { Miner } from '../../../ts/miner/index.ts';
import { solvePow } from '../../../ts/pow/index.ts';
import { Metrics } from '../../../ts/telemetry/metrics/index.ts';
import { mineBlocks, TEST_ADDRESS } from '../../../ts/testing.ts';
import { environmentOf, FakeClock } from '../../dag/clock-support.ts';
import { temporaryDirectory } from '../../dag/store/support.ts';
import { forge, mineAndAdd, mineOn, openDag, readBlocks } from '../../dag/support.ts';
import { CHEAP, outcomeOf, proofFor, testGate } from '../../gate/support.ts';
import { HeldSolver, HeldTimers } from '../../miner/support.ts';

let metrics: Metrics;
let dag: QantoDag;

beforeEach(async () => {
  dag = await openDag();
});

afterEach(async () => {
  metrics.close();
  await dag.close();
});

/** The series by name and labels in the text format, such as `qanto_dag_tips` or `x_total{status="orphan"}`. */
async function scrape(): Promise<Map<string, number>> {
  const { text } = await metrics.scrape();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [
      line.slice(0, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]),
  );
}

test('A block that is accepted while the DAG is being closed is counted, and causes no uncaught error', async () => {
  metrics = new Metrics({ dag });
  const block = mineOn(dag, [dag.genesis]);
  const added = jest.fn();
  // An error of a listener is thrown in a microtask.
  const microtasks = jest.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {});
  dag.on('block-added', added);
  await Promise.all([dag.addBlock(block), dag.close()]);
  const errors = microtasks.mock.calls.length;
  microtasks.mockRestore();
  expect({ added: added.mock.calls.length, errors }).toEqual({ added: 1, errors: 0 });
});

describe('The metrics of the solver', () => {
  const hopeless = {
    algorithm: 'blake3',
    preimage: new Uint8Array(80),
    nonce: { offset: 72, encoding: 'u64le' },
    target: 1n,
  } as const;
  const spend = (maxHashes: number) =>
    expect(solvePow(hopeless, { maxHashes, kernel: 'portable' })).rejects.toThrow();

  test('count each search once, with its outcome and its duration', async () => {
    metrics = new Metrics();
    await spend(1000);
    await spend(1000);
    const series = await scrape();
    expect(
      series.get('qanto_solves_total{algorithm="blake3",kernel="portable",outcome="budget-spent"}'),
    ).toBe(2);
    expect(series.get('qanto_solve_duration_seconds_count{algorithm="blake3",outcome="budget-spent"}')).toBe(
      2,
    );
  });

  test('count hashes exactly', async () => {
    metrics = new Metrics();
    const labels = { algorithm: 'blake3', kernel: 'portable' };
    const before = metrics.value('qanto_hashes_total', labels) ?? 0;
    await spend(12_345);
    expect(metrics.value('qanto_hashes_total', labels)! - before).toBe(12_345);
  });

  test('include a cancelled search in the histogram of cancel latencies', async () => {
    metrics = new Metrics();
    const abort = new AbortController();
    const solve = solvePow(hopeless, { signal: abort.signal, onProgress: () => abort.abort() });
    await expect(solve).rejects.toThrow();
    expect((await scrape()).get('qanto_cancel_latency_seconds_count')).toBe(1);
  });
});

describe('The metrics of a DAG', () => {
  beforeEach(() => {
    metrics = new Metrics({ dag });
  });

  test('equal the values of info()', async () => {
    await mineAndAdd(dag, 3);
    const siblings = ['aa', 'bb'].map((address) =>
      mineOn(dag, [dag.sink()], { address: address.repeat(32) }),
    );
    for (const block of siblings) await dag.addBlock(block);
    const { blueScore, daaScore, difficulty } = dag.info();
    expect(Object.fromEntries(await scrape())).toMatchObject({
      qanto_dag_blocks: 6,
      qanto_dag_tips: 2,
      qanto_dag_blue_score: blueScore,
      qanto_dag_daa_score: daaScore,
      qanto_dag_difficulty: difficulty,
      qanto_dag_target_block_time_seconds: regtest.targetTimePerBlockMs / 1000,
    });
  });

  test('contain the offset of the clock in seconds', async () => {
    const clock = new FakeClock(0);
    const behind = await openDag({ environment: environmentOf(clock) });
    const ofBehind = new Metrics({ dag: behind });
    const offset = ofBehind.value('qanto_dag_clock_offset_seconds');
    ofBehind.close();
    await behind.close();
    // The first block must be later than genesis.
    expect(offset).toBe((regtest.genesisTimestampMs + 1) / 1000);
    expect(metrics!.value('qanto_dag_clock_offset_seconds')).toBe(0);
  });

  test('count blocks by their result and by the rule that they break', async () => {
    const source = await openDag();
    const [first, second] = await readBlocks(source, await mineAndAdd(source, 2));
    await source.close();
    await dag.addBlock(second!);
    expect(metrics.value('qanto_dag_orphans')).toBe(1);
    await dag.addBlock(first!);
    await dag.addBlock(first!);
    await expect(dag.addBlock(forge(first!, { context: { blueScore: 7 } }))).rejects.toThrow();
    expect(Object.fromEntries(await scrape())).toMatchObject({
      'qanto_dag_answers_total{status="accepted"}': 2,
      'qanto_dag_answers_total{status="orphan"}': 1,
      'qanto_dag_answers_total{status="duplicate"}': 1,
      'qanto_dag_answers_total{status="rejected"}': 1,
      'qanto_dag_rejections_total{code="ERR_QANTO_WRONG_BLUE_SCORE"}': 1,
    });
  });

  test('count an orphan that turns out to break a rule as rejected', async () => {
    const source = await openDag();
    const [first, second] = await readBlocks(source, await mineAndAdd(source, 2));
    await source.close();
    await dag.addBlock(forge(second!, { context: { blueScore: 7 } }));
    await dag.addBlock(first!);
    expect((await scrape()).get('qanto_dag_answers_total{status="rejected"}')).toBe(1);
  });

  test('count the orphans for which there is no room', async () => {
    const source = await openDag();
    const [, second, third] = await readBlocks(source, await mineAndAdd(source, 3));
    const small = await openDag({ orphanLimits: { maxBlocks: 1 } });
    metrics.close();
    metrics = new Metrics({ dag: small });
    expect((await scrape()).get('qanto_dag_orphans_dropped_total')).toBe(0);
    for (const block of [second!, third!]) await small.addBlock(block);
    expect((await scrape()).get('qanto_dag_orphans_dropped_total')).toBe(1);
    await Promise.all([source.close(), small.close()]);
  });

  test('count the blocks in the past of the next block by colour', async () => {
    // With k = 0, one of two siblings is red.
    const strict = await openDag({ network: { ...regtest, name: 'strict', ghostdagK: 0 } });
    const ofStrict = new Metrics({ dag: strict });
    const [genesis] = [strict.genesis];
    for (const address of ['aa', 'bb', 'cc']) {
      await strict.addBlock(mineOn(strict, [genesis!], { address: address.repeat(32) }));
    }
    await mineAndAdd(strict, 1);
    const colours = ['blue', 'red'].map((colour) => ofStrict.value('qanto_dag_ordered_blocks', { colour }));
    expect(colours).toEqual([3, 2]);
    expect([...strict.order()]).toHaveLength(5);
    ofStrict.close();
    await strict.close();
  });

  test('include the merge set of each block in the histogram of merge sets', async () => {
    const genesis = dag.genesis;
    const short = mineOn(dag, [genesis], { address: 'aa'.repeat(32) });
    const long = [mineOn(dag, [genesis], { address: 'bb'.repeat(32) })];
    await dag.addBlock(short);
    await dag.addBlock(long[0]!);
    const removals: number[] = [];
    dag.on('virtual-changed', ({ removed }) => removals.push(removed.length));
    await mineAndAdd(dag, 1);
    const series = await scrape();
    // Three blocks were added. The last one merged a sibling of its selected parent, the others no block.
    expect(series.get('qanto_dag_merge_set_blocks_count')).toBe(3);
    expect(series.get('qanto_dag_merge_set_blocks_sum')).toBe(1);
    expect(series.get('qanto_dag_merge_set_blocks_bucket{le="0"}')).toBe(2);
  });

  test('include a reorganisation with the number of blocks that it removes from the order', async () => {
    const removals: number[] = [];
    dag.on('virtual-changed', ({ removed }) => removals.push(removed.length));
    const other = await openDag({ environment: seededEnvironment(9) });
    const theirs = await readBlocks(other, await mineBlocks(other, 4));
    await mineAndAdd(dag, 2);
    for (const block of theirs) await dag.addBlock(block);
    await other.close();
    const deep = removals.filter((depth) => depth > 0);
    expect(deep.length).toBeGreaterThan(0);
    const series = await scrape();
    expect(series.get('qanto_dag_reorganisation_depth_blocks_count')).toBe(deep.length);
    expect(series.get('qanto_dag_reorganisation_depth_blocks_sum')).toBe(
      deep.reduce((sum, depth) => sum + depth, 0),
    );
  });

  test('include the duration and the size of commits', async () => {
    await mineAndAdd(dag, 2);
    const series = await scrape();
    expect(series.get('qanto_store_commit_duration_seconds_count')).toBe(2);
    expect(series.get('qanto_store_commit_size_bytes_sum')).toBeGreaterThan(2 * 80);
  });

  test('have no size for a store in memory', async () => {
    expect([...(await scrape()).keys()].filter((name) => name.startsWith('qanto_store_size'))).toEqual([]);
  });

  test('do not have the values of info() when the DAG is closed, and a scrape still succeeds', async () => {
    await dag.close();
    const series = await scrape();
    expect(series.has('qanto_dag_tips')).toBe(false);
    expect(series.has('qanto_dag_target_block_time_seconds')).toBe(true);
  });

  test('have the time since the last block was accepted, whatever the clock of the machine shows', async () => {
    const now = jest.spyOn(Date, 'now');
    const age = () => metrics.value('qanto_dag_last_block_age_seconds')!;
    const startMs = performance.now();
    await mineAndAdd(dag, 1);
    now.mockReturnValue(0);
    await mineAndAdd(dag, 1);
    now.mockReturnValue(Date.UTC(2100));
    const ageAfterStep = age();
    now.mockRestore();
    expect(ageAfterStep).toBeGreaterThan(0);
    expect(ageAfterStep).toBeLessThan((performance.now() - startMs) / 1e3);
    expect(age()).toBeGreaterThan(ageAfterStep);
  });
});

describe('The metrics of a miner', () => {
  let solver: HeldSolver;
  let timers: HeldTimers;
  let miner: Miner;

  beforeEach(() => {
    solver = new HeldSolver();
    timers = new HeldTimers();
    miner = new Miner(dag, {
      address: TEST_ADDRESS,
      solveTimeoutMs: 1000,
      circuit: { failureThreshold: 1 },
      solve: solver.solve,
      timers,
    });
    metrics = new Metrics({ miner });
  });

  afterEach(() => miner.stop());

  test('count templates, and tries by their outcome', async () => {
    miner.start();
    (await solver.next()).timeOut();
    (await timers.next()).elapse();
    (await solver.next()).exhaust();
    (await solver.next()).find();
    await solver.next();
    expect(Object.fromEntries(await scrape())).toMatchObject({
      qanto_miner_templates_total: 4,
      'qanto_miner_tries_total{outcome="mined"}': 1,
      'qanto_miner_tries_total{outcome="timed-out"}': 1,
      'qanto_miner_tries_total{outcome="exhausted"}': 1,
      'qanto_miner_tries_total{outcome="stale"}': 0,
      'qanto_miner_state{state="mining"}': 1,
      'qanto_miner_state{state="stopped"}': 0,
    });
  });

  test('include a wait with its length in the histogram of delays', async () => {
    miner.start();
    (await solver.next()).timeOut();
    const { ms } = await timers.next();
    const series = await scrape();
    expect(series.get('qanto_miner_backoff_delay_seconds_count')).toBe(1);
    expect(series.get('qanto_miner_backoff_delay_seconds_sum')).toBe(ms / 1000);
    expect(series.get('qanto_miner_state{state="backing-off"}')).toBe(1);
  });

  test('have exactly one state of the circuit breaker and count its transitions', async () => {
    const states = () =>
      ['closed', 'open', 'half-open'].map((state) => metrics.value('qanto_miner_circuit_state', { state }));
    expect(states()).toEqual([1, 0, 0]);
    miner.start();
    (await solver.next()).fail(new Error('out of order'));
    await timers.next();
    expect(states()).toEqual([0, 1, 0]);
    expect((await scrape()).get('qanto_miner_circuit_transitions_total{to="open"}')).toBe(1);
  });

  test('have no hash rate, rather than 0, before it is measured', async () => {
    expect(metrics.value('qanto_miner_hashes_per_second')).toBe(0);
    miner.start();
    await solver.next();
    expect(metrics.value('qanto_miner_hashes_per_second')).toBeUndefined();
    expect((await scrape()).has('qanto_miner_hashes_per_second')).toBe(false);
  });
});

describe('The registry', () => {
  test('can be that of the host, whose own metrics remain after close()', async () => {
    const registry = new Registry();
    new Counter({ name: 'host_requests_total', help: 'of the host', registers: [registry] });
    metrics = new Metrics({ registry, dag });
    expect(await registry.metrics()).toContain('qanto_dag_tips');
    metrics.close();
    const left = await registry.metrics();
    expect(left).toContain('host_requests_total');
    expect(left).not.toContain('qanto_');
  });

  test('accepts a second set of metrics only after the first one was closed', () => {
    metrics = new Metrics();
    const { registry } = metrics;
    expect(() => new Metrics({ registry })).toThrow(
      expect.objectContaining({ code: 'ERR_QANTO_METRICS_ALREADY_REGISTERED' }),
    );
    metrics.close();
    metrics = new Metrics({ registry });
  });
});

test('Metrics that are closed leave no listener on the DAG', () => {
  const before = dag.eventNames().length;
  metrics = new Metrics({ dag });
  expect(dag.eventNames().length).toBeGreaterThan(before);
  metrics.close();
  expect(dag.eventNames()).toHaveLength(before);
});

test('The metric of dropped telemetry is the number that the option droppedTelemetry returns', async () => {
  let dropped = 3;
  metrics = new Metrics({ droppedTelemetry: () => dropped });
  expect(metrics.value('qanto_telemetry_dropped_total')).toBe(3);
  dropped = 5;
  expect((await scrape()).get('qanto_telemetry_dropped_total')).toBe(5);
});

/**
 * Waits until the timer that measures the delay has run, which starts the measurement. Timers of JavaScript share
 * one timer of the event loop and may overtake it, but between two immediates the loop runs every timer that is due.
 */
async function aFullTurn() {
  await setTimeout(30);
  await setImmediate();
  await setImmediate();
}

test('The delay of the event loop includes a call that blocks it', async () => {
  metrics = new Metrics();
  await aFullTurn();
  const end = performance.now() + 300;
  while (performance.now() < end);
  await aFullTurn();
  const [median, p99, max] = ['p50', 'p99', 'max'].map(
    (statistic) => metrics.value('qanto_event_loop_delay_seconds', { statistic })!,
  );
  expect(max).toBeGreaterThan(0.2);
  expect(median).toBeLessThanOrEqual(p99!);
  expect(p99).toBeLessThanOrEqual(max!);
});

test('Reading the metrics does not change them for the next reader', async () => {
  const miner = await minedOnce();
  metrics = new Metrics({ dag, miner });
  await mineAndAdd(dag, 2);
  const shown = async () => {
    const series = await scrape();
    return [
      series.get('qanto_dag_answers_total{status="accepted"}'),
      series.get('qanto_miner_tries_total{outcome="mined"}'),
    ];
  };
  const first = await shown();
  expect(first).toEqual([2, 1]);
  expect(await shown()).toEqual(first);
});

/** A miner that has mined one block on the DAG. */
async function minedOnce(): Promise<Miner> {
  const miner = new Miner(dag, { address: TEST_ADDRESS });
  await new Promise<void>((resolve) => {
    miner.on('mined', () => {
      void miner.stop();
      resolve();
    });
    miner.start();
  });
  await miner.stop();
  return miner;
}

test('A store on disk has a size and a file system with free space', async () => {
  const directory = temporaryDirectory();
  const stored = await QantoDag.open({ network: regtest, dataDir: directory.path });
  metrics = new Metrics({ dag: stored });
  const series = await scrape();
  metrics.close();
  await stored.close();
  directory.remove();
  expect(series.get('qanto_store_size_bytes')).toBeGreaterThan(0);
  expect(series.get('qanto_store_file_system_size_bytes')).toBeGreaterThanOrEqual(
    series.get('qanto_store_file_system_available_bytes')!,
  );
});

test('The metrics of gates count challenges, proofs and refusals by their reasons', async () => {
  metrics = new Metrics();
  const { gate } = testGate();
  const proof = await proofFor(gate);
  await outcomeOf(gate, proof);
  await outcomeOf(gate, proof);
  await outcomeOf(gate, 'Qanto x');
  const series = await scrape();
  const requests = (outcome: string) => series.get(`qanto_gate_requests_total{outcome="${outcome}"}`);
  expect(['no-proof', 'accepted', 'replayed', 'malformed'].map(requests)).toEqual([1, 1, 1, 1]);
  expect(series.get('qanto_gate_challenges_total')).toBe(1);
  expect(series.get('qanto_gate_expected_tries')).toBe(CHEAP);
  expect(series.get('qanto_gate_check_duration_seconds_count')).toBe(4);
  expect(series.get('qanto_gate_solve_duration_seconds_count')).toBe(1);
  metrics.close();
  await outcomeOf(gate, 'Qanto x');
  expect(requests('malformed')).toBe(1);
});
