/** Mining on a DAG while the clock of its machine is wrong. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ClockState, MemoryStore, QantoDag, type QantoDagOptions, regtest } from '../../ts/dag/index.ts';
import { DAY, environmentOf, FakeClock, HOUR, MINUTE, SECOND } from './clock-support.ts';
import { ADDRESS, forge, mine, mineAndAdd } from './support.ts';

let clock: FakeClock;
let dag: QantoDag;
let states: ClockState[];

beforeEach(async () => {
  clock = new FakeClock();
  await open();
});

afterEach(() => dag.close());

/** Opens the DAG, in an empty store unless the options name another one. */
async function open(options: Partial<QantoDagOptions> = {}): Promise<void> {
  dag = await QantoDag.open({
    ...{ network: regtest, store: new MemoryStore(), environment: environmentOf(clock) },
    ...options,
  });
  states = [];
  dag.on('clock-changed', ({ state }) => states.push(state));
  // The DAG compares the clock when it is opened, and reports the result in the next turn of the event loop.
  await nextTurn();
}

/** Closes the DAG and opens it again. */
async function reopen(options: Partial<QantoDagOptions> = {}): Promise<void> {
  await dag.close();
  await open(options);
}

/** Mines a block after each interval. The DAG must accept the blocks. Returns the timestamp of the last one. */
async function mineFor(ms: number, intervalMs = MINUTE): Promise<number> {
  for (let passedMs = 0; passedMs < ms; passedMs += intervalMs) {
    clock.pass(intervalMs);
    await mineAndAdd(dag, 1);
  }
  return dag.info().lastBlockTimestampMs;
}

describe('A DAG whose clock is a day ahead', () => {
  test('for five minutes has no block that is ahead', async () => {
    await mineFor(HOUR);
    clock.step(DAY);
    await mineFor(5 * MINUTE);
    expect(dag.info().clockOffsetMs).toBe(-DAY);
    clock.step(-DAY);
    expect(await mineFor(5 * MINUTE)).toBe(clock.now());
    expect(dag.info().clockOffsetMs).toBe(0);
    expect(states).toEqual(['ahead', 'agrees']);
  });

  test('for an hour can still be mined on when the clock is corrected', async () => {
    await mineFor(HOUR);
    clock.step(DAY);
    expect(await mineFor(HOUR)).toBe(clock.now());
    clock.step(-DAY);
    await mineFor(SECOND, SECOND);
    await mineFor(HOUR);
    expect(states).toEqual(['ahead', 'accepted', 'behind']);
    expect(dag.info().clockOffsetMs).toBeGreaterThan(DAY - HOUR);
  });

  test('can still be mined on when it is opened again after the clock was corrected', async () => {
    const store = new MemoryStore();
    await reopen({ store });
    await mineFor(HOUR);
    clock.step(DAY);
    await mineFor(HOUR);
    clock.step(-DAY);
    await reopen({ store });
    await mineFor(HOUR);
    expect(states).toEqual(['behind']);
  });

  test('accepts blocks that agree with the clock, and uses the clock once most of the recent blocks agree with it', async () => {
    await mineFor(HOUR);
    clock.step(DAY);
    await mineFor(MINUTE);
    expect(states).toEqual(['ahead']);
    for (let n = 0; n < dag.network.pastMedianTimeWindow; n += 1) {
      clock.pass(SECOND);
      const template = dag.buildTemplate({ address: ADDRESS, timestampMs: clock.now() });
      await expect(dag.addBlock(mine(template))).resolves.toMatchObject({ status: 'accepted' });
    }
    expect(await mineFor(SECOND, SECOND)).toBe(clock.now());
    expect(states).toEqual(['ahead', 'confirmed']);
  });

  test('refuses blocks that are too far ahead of both the clock and the continued time', async () => {
    await mineFor(HOUR);
    clock.step(DAY);
    const block = mine(dag.buildTemplate({ address: ADDRESS }));
    const timestampMs = clock.now() + dag.network.maxTimeAheadMs + 1;
    const early = forge(block, { context: { timestampMs } });
    await expect(dag.addBlock(early)).rejects.toMatchObject({ code: 'ERR_QANTO_TIMESTAMP_TOO_FAR_AHEAD' });
  });
});

test('A DAG uses the clock at once after its machine was suspended for eight hours', async () => {
  await mineFor(HOUR);
  clock.suspend(8 * HOUR);
  expect(await mineFor(SECOND, SECOND)).toBe(clock.now());
  expect(states).toEqual([]);
});

test('A DAG whose clock is reset to 1970 can be mined on, and reports the clock when it is opened', async () => {
  const store = new MemoryStore();
  await reopen({ store });
  const lastMs = await mineFor(HOUR);
  clock = new FakeClock(0);
  await reopen({ store });
  expect(states).toEqual(['behind']);
  expect(dag.info().clockOffsetMs).toBe(lastMs);
  const passedMs = (await mineFor(HOUR)) - lastMs;
  expect(passedMs).toBeCloseTo(0.95 * HOUR, -2);
});

test('A DAG that trusts a clock of 1970 builds no template until the clock is set', async () => {
  clock = new FakeClock(0);
  await reopen({ trustClock: true });
  expect(states).toEqual(['behind']);
  expect(() => dag.buildTemplate({ address: ADDRESS })).toThrow(
    expect.objectContaining({ name: 'ClockBehindError', code: 'ERR_QANTO_CLOCK_BEHIND', nowMs: 0 }),
  );
  clock.wallMs = dag.network.genesisTimestampMs + DAY;
  expect(await mineFor(SECOND, SECOND)).toBe(clock.now());
});

test('A DAG that trusts its clock uses it at once when it is set forward', async () => {
  await reopen({ trustClock: true });
  await mineFor(HOUR);
  clock.step(DAY);
  expect(await mineFor(SECOND, SECOND)).toBe(clock.now());
  expect(states).toEqual([]);
});
