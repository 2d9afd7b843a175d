import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ClockBehindError } from '../../ts/dag/index.ts';
import { seededEnvironment } from '../../ts/environment.ts';
import { QueueFullError } from '../../ts/errors.ts';
import type { Logger } from '../../ts/logger.ts';
import type { MinableDag } from '../../ts/miner/index.ts';
import { mineBlocks } from '../../ts/testing.ts';
import { MinerRig } from './rig.ts';
import { searchAtOnce } from './support.ts';

/** A logger that adds `LEVEL MESSAGE from STATE` to the list. */
function recordingLogger(lines: string[]): Logger {
  const write =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      lines.push(`${level} ${message} from ${fields['from']}`);
    };
  return { error: write('error'), warn: write('warn'), info: write('info'), debug: write('debug') };
}

let rig: MinerRig;

beforeEach(async () => {
  rig = await MinerRig.open();
});

afterEach(() => rig.close());

describe('Each outcome of a try', () => {
  test('has its own event and its own count', async () => {
    const { solver, timers } = rig;
    rig.make({ solveTimeoutMs: 1000 });
    rig.miner.start();
    (await solver.next()).find();
    (await solver.next()).timeOut();
    (await timers.next()).elapse();
    (await solver.next()).fail(new Error('broken'));
    (await timers.next()).elapse();
    (await solver.next()).exhaust();
    await solver.next();
    const stale = rig.next('stale');
    await mineBlocks(rig.dag, 1, { solve: searchAtOnce, environment: seededEnvironment(7) });
    await stale;
    await solver.next();
    await rig.miner.stop();
    expect(rig.events).toEqual(['mined', 'timed-out', 'failed', 'exhausted', 'stale', 'cancelled']);
    expect(rig.miner.status().counts).toEqual({
      mined: 1,
      timedOut: 1,
      failed: 1,
      exhausted: 1,
      stale: 1,
      cancelled: 1,
    });
  });
});

describe('Timeouts', () => {
  beforeEach(() => {
    rig.make({ solveTimeoutMs: 1000 });
    rig.miner.start();
  });

  test('cause a new template each time', async () => {
    const searched = new Set<string>();
    for (let n = 0; n < 10; n += 1) {
      const search = await rig.solver.next();
      searched.add(Buffer.from(search.template.preimage).toString('hex'));
      search.timeOut();
      (await rig.timers.next()).elapse();
    }
    expect(searched.size).toBe(10);
  });

  test('cause a search of another template from another start nonce', async () => {
    const first = await rig.solver.next();
    first.timeOut();
    (await rig.timers.next()).elapse();
    const second = await rig.solver.next();
    expect(second.template.preimage).not.toEqual(first.template.preimage);
    expect(second.options.startNonce).not.toBe(first.options.startNonce);
  });

  test('cause increasing delays of up to 5 s, and ten of them end the sequence of tries', async () => {
    const waits: number[] = [];
    for (let n = 0; n < 10; n += 1) {
      (await rig.solver.next()).timeOut();
      const sleep = await rig.timers.next();
      waits.push(sleep.ms);
      sleep.elapse();
    }
    await rig.solver.next();
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000]);
    expect(rig.events.filter((name) => name === 'gave-up')).toHaveLength(1);
    expect(rig.miner.status().counts).toMatchObject({ timedOut: 10, failed: 0 });
  });

  test('start with the shortest delay again after a block', async () => {
    for (let n = 0; n < 3; n += 1) {
      (await rig.solver.next()).timeOut();
      (await rig.timers.next()).elapse();
    }
    (await rig.solver.next()).find();
    (await rig.solver.next()).timeOut();
    expect((await rig.timers.next()).ms).toBe(100);
  });

  test('open the circuit after five sequences of tries without a block', async () => {
    for (let n = 0; n < 50; n += 1) {
      expect(rig.miner.status().circuit).toBe('closed');
      (await rig.solver.next()).timeOut();
      const sleep = await rig.timers.next();
      if (n === 49) expect(sleep.ms).toBe(30_000);
      sleep.elapse();
    }
    await rig.solver.next();
    expect(rig.events.filter((name) => name.includes('->'))).toEqual(['closed -> open', 'open -> half-open']);
  });
});

describe('The circuit breaker', () => {
  test('logs each transition, with a warning when it opens', async () => {
    const lines: string[] = [];
    const logger = recordingLogger(lines);
    rig.make({ circuit: { failureThreshold: 1, successThreshold: 1 }, logger });
    rig.miner.start();
    (await rig.solver.next()).fail(new Error('broken'));
    (await rig.timers.next()).elapse();
    (await rig.solver.next()).find();
    await rig.solver.next();
    expect(lines.filter((line) => line.includes('circuit'))).toEqual([
      'warn circuit open from closed',
      'info circuit half-open from open',
      'info circuit closed from half-open',
    ]);
  });

  test('uses the options of the miner', async () => {
    rig.make({ circuit: { failureThreshold: 2, resetTimeoutMs: 7, successThreshold: 1 } });
    rig.miner.start();
    for (const expectedMs of [100, 7]) {
      (await rig.solver.next()).fail(new Error('broken'));
      const sleep = await rig.timers.next();
      expect(sleep.ms).toBe(expectedMs);
      sleep.elapse();
    }
    (await rig.solver.next()).find();
    await rig.solver.next();
    expect(rig.miner.status().circuit).toBe('closed');
  });
});

describe('An exhausted nonce space', () => {
  test('causes a template with another extra nonce, without a wait', async () => {
    rig.miner.start();
    const first = await rig.solver.next();
    first.exhaust();
    const second = await rig.solver.next();
    expect(second.template.preimage).not.toEqual(first.template.preimage);
    expect(second.template.target).toBe(first.template.target);
    expect(rig.events).toEqual(['exhausted']);
    expect(rig.miner.status().counts).toMatchObject({ exhausted: 1, timedOut: 0, failed: 0 });
  });
});

describe('Failures', () => {
  test('of the search are reported with stage and error and retried after a wait', async () => {
    const error = new QueueFullError(10);
    rig.miner.start();
    const failed = rig.next('failed');
    (await rig.solver.next()).fail(error);
    expect(await failed).toEqual({ stage: 'solve', error });
    expect((await rig.timers.next()).ms).toBe(100);
    expect(rig.miner.state).toBe('backing-off');
  });

  test('of the template have the stage template', async () => {
    const error = new Error('no template');
    const buildTemplate = () => {
      throw error;
    };
    rig.make({}, rig.dagWith({ buildTemplate }));
    const failed = rig.next('failed');
    rig.miner.start();
    expect(await failed).toEqual({ stage: 'template', error });
  });

  test('because of a clock that is behind are retried until the clock has caught up, and do not open the circuit', async () => {
    let nowMs = 0;
    const buildTemplate: MinableDag['buildTemplate'] = (request) => {
      if (nowMs < 61_000) throw new ClockBehindError(nowMs, 62_000, 1000);
      return rig.dag.buildTemplate(request);
    };
    const lines: string[] = [];
    rig.make({ logger: recordingLogger(lines) }, rig.dagWith({ buildTemplate }));
    rig.miner.start();
    const waits: number[] = [];
    while (nowMs < 61_000) {
      const sleep = await rig.timers.next();
      waits.push(sleep.ms);
      nowMs += Math.min(sleep.ms, 4990);
      sleep.elapse();
    }
    (await rig.solver.next()).find();
    await rig.solver.next();
    // The clock has caught up after 61 s. A wait is at most 5 s and at least 100 ms long.
    expect(waits).toEqual([...Array(12).fill(5000), 1120]);
    expect(rig.events).toEqual([...Array(13).fill('failed'), 'mined']);
    expect(rig.miner.status()).toMatchObject({ circuit: 'closed', counts: { failed: 13, mined: 1 } });
    // Only the first of the failures and the end of the wait are logged above the level debug.
    expect(lines.filter((line) => !line.startsWith('debug'))).toEqual([
      'warn mining failed in the template stage from undefined',
      'info the clock has caught up with the recent blocks from undefined',
    ]);
  });

  test('of the submission have the stage submit', async () => {
    const error = new Error('disk full');
    rig.make({}, rig.dagWith({ addBlock: () => Promise.reject(error) }));
    const failed = rig.next('failed');
    rig.miner.start();
    (await rig.solver.next()).find();
    expect(await failed).toEqual({ stage: 'submit', error });
    expect(rig.miner.status().counts).toMatchObject({ mined: 0, failed: 1 });
  });

  test('open the circuit after five in a row; it half-opens after 30 s, and two blocks close it', async () => {
    rig.miner.start();
    const waits: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      (await rig.solver.next()).fail(new Error('again'));
      const sleep = await rig.timers.next();
      waits.push(sleep.ms);
      if (n === 4) expect(rig.miner.state).toBe('circuit-open');
      sleep.elapse();
    }
    expect(waits).toEqual([100, 200, 400, 800, 30_000]);
    (await rig.solver.next()).find();
    (await rig.solver.next()).find();
    await rig.solver.next();
    expect(rig.events.filter((name) => name.includes('->'))).toEqual([
      'closed -> open',
      'open -> half-open',
      'half-open -> closed',
    ]);
  });

  test('of a half-open circuit open it again', async () => {
    rig.miner.start();
    for (let n = 0; n < 5; n += 1) {
      (await rig.solver.next()).fail(new Error('again'));
      (await rig.timers.next()).elapse();
    }
    (await rig.solver.next()).fail(new Error('still'));
    expect((await rig.timers.next()).ms).toBe(30_000);
    expect(rig.miner.status().circuit).toBe('open');
  });
});
