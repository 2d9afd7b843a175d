/** How the price follows the load and the caller. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Callers } from '../../ts/gate/callers.ts';
import { Load, type LoadOptions } from '../../ts/gate/load.ts';
import { challengesFor, outcomeOf, proofFor, request, testGate } from './support.ts';

const WINDOW_MS = 30_000;
const LEVELS = [
  { from: 100, times: 2 },
  { from: 400, times: 8 },
];

/** A measure of load whose clock the test moves. */
function testLoad(options: Partial<LoadOptions> = {}) {
  const clock = { ms: 5_000_000 };
  const load = new Load({ levels: LEVELS, windowMs: WINDOW_MS, ...options }, () => clock.ms);
  /** Visitors at an even rate. Returns the factors that they get. */
  const visit = (perSecond: number, seconds: number) => {
    const factors = [];
    for (let visitor = 0; visitor < perSecond * seconds; visitor++) {
      clock.ms += 1000 / perSecond;
      factors.push(load.times);
      load.visited();
    }
    return factors;
  };
  return { clock, load, visit };
}

const changes = (factors: readonly number[]) =>
  factors.filter((factor, i) => i === 0 || factor !== factors[i - 1]);

describe('The price', () => {
  test('rises with the visitors level by level, and falls back within two windows', () => {
    const { clock, load, visit } = testLoad();
    expect(load.times).toBe(1);
    // 600 visitors are in a window of 30 s.
    expect(changes(visit(20, 60))).toEqual([1, 2, 8]);
    const after: number[] = [];
    for (let second = 0; second < 61; second++) {
      clock.ms += 1000;
      after.push(load.times);
    }
    expect(changes(after)).toEqual([8, 1]);
    expect(after.indexOf(1)).toBeGreaterThanOrEqual(30);
  });

  test('follows a load that falls to a lower level, and then to none', () => {
    const { visit } = testLoad();
    visit(20, 60);
    expect(changes(visit(5, 120))).toEqual([8, 2]);
    expect(changes(visit(1, 120))).toEqual([2, 1]);
  });

  test('has fallen for the first visitor after a long pause', () => {
    const { clock, load, visit } = testLoad();
    visit(20, 60);
    clock.ms += 2 * WINDOW_MS;
    expect(load.times).toBe(1);
  });

  test('does not swing with a load that swings around a level', () => {
    const { visit } = testLoad();
    const factors: number[] = [];
    for (let round = 0; round < 20; round++) factors.push(...visit(3.6, 10), ...visit(3.1, 10));
    expect(changes(factors)).toEqual([1, 2]);
  });

  test('is that of the level that the visitors of the last window have reached, whatever their rhythm', () => {
    const step = fc.record({
      pauseMs: fc.integer({ min: 0, max: 20_000 }),
      visitors: fc.integer({ min: 0, max: 300 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { clock, load } = testLoad();
        const visits: number[] = [];
        for (const { pauseMs, visitors } of steps) {
          clock.ms += pauseMs;
          // The measure counts in parts of a second, so the edge of the window is that exact.
          const count = (windowMs: number) => visits.filter((ms) => ms > clock.ms - windowMs).length;
          const reached = LEVELS.findLast(({ from }) => count(WINDOW_MS - 1000) >= from)?.times ?? 1;
          expect(load.times).toBeGreaterThanOrEqual(reached);
          if (count(2 * WINDOW_MS + 2000) === 0) expect(load.times).toBe(1);
          for (let visitor = 0; visitor < visitors; visitor++) {
            visits.push(clock.ms);
            load.visited();
          }
        }
      }),
    );
  });

  test('follows the requests in flight', () => {
    const { clock, load } = testLoad({ measure: 'requests-in-flight', levels: [{ from: 2, times: 4 }] });
    const leave = [load.entered(), load.entered()];
    expect(load.times).toBe(4);
    leave[0]!();
    leave[0]!();
    clock.ms += 1000;
    expect(load.times).toBe(4);
    clock.ms += WINDOW_MS;
    expect(load.times).toBe(1);
    leave[1]!();
    load.entered();
    expect(load.times).toBe(1);
  });

  test('follows the delay of the event loop', async () => {
    const { clock, load } = testLoad({ measure: 'event-loop-delay', levels: [{ from: 50, times: 4 }] });
    expect(load.times).toBe(1);
    // The loop is held until the measurement has noticed it.
    while (load.times === 1) {
      const end = performance.now() + 100;
      while (performance.now() < end);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(load.times).toBe(4);
    clock.ms += WINDOW_MS / 2;
    expect(load.times).toBe(4);
    load.close();
    expect(load.times).toBe(1);
  });
});

describe('A gate', () => {
  test('multiplies the price of the route by the factors of load and caller, up to its maximum', async () => {
    const { gate } = testGate({
      expectedTries: ({ target }) => (target === '/expensive' ? 40 : 4),
      load: { levels: [{ from: 2, times: 3 }] },
      callers: {},
      maxExpectedTries: 100,
    });
    const tries = async (target: string, remoteAddress = '192.0.2.9') =>
      (await challengesFor(gate, { target, remoteAddress })).native!.tries;
    expect(await tries('/')).toBe(4);
    expect(await tries('/expensive')).toBe(40);
    // Both have counted as visitors.
    expect(await tries('/')).toBe(12);
    expect(await tries('/expensive')).toBe(100);
    await outcomeOf(gate, await proofFor(gate, { target: '/' }), { target: '/' });
    expect(await tries('/', '192.0.2.1')).toBeGreaterThan(20);
    expect(await tries('/')).toBe(12);
  });

  test('counts accepted requests as in flight until they have their response', async () => {
    const { gate } = testGate({ load: { measure: 'requests-in-flight', levels: [{ from: 1, times: 2 }] } });
    const headers = { authorization: await proofFor(gate) };
    const decision = await gate.check(request({ headers }));
    expect((await challengesFor(gate)).native!.tries).toBe(32);
    if (decision.passed) decision.leave();
    gate.close();
    expect((await challengesFor(gate)).native!.tries).toBe(16);
  });

  test('rejects a price that is no number of tries', async () => {
    for (const price of [0, Number.NaN, Infinity, '5' as never]) {
      const { gate } = testGate({ expectedTries: () => price });
      await expect(gate.check(request())).rejects.toMatchObject({ code: 'ERR_QANTO_INVALID_ARGUMENT' });
    }
  });
});

describe('The price of a caller', () => {
  test('doubles with each proof, and halves again as the proofs become old', () => {
    const clock = { ms: 0 };
    const callers = new Callers({ halfLifeMs: 1000 }, () => clock.ms);
    expect(callers.timesFor('a')).toBe(1);
    callers.paid('a');
    callers.paid('a');
    expect([callers.timesFor('a'), callers.timesFor('b')]).toEqual([4, 1]);
    clock.ms += 1000;
    expect(callers.timesFor('a')).toBe(2);
    clock.ms += 20_000;
    expect(callers.timesFor('a')).toBeCloseTo(1, 5);
  });

  test('has a maximum', () => {
    const callers = new Callers({ maxTimes: 10 }, () => 0);
    for (let round = 0; round < 2000; round++) callers.paid('a');
    expect(callers.timesFor('a')).toBe(10);
  });

  test('is forgotten for the caller whose last proof is the oldest when there are too many', () => {
    const callers = new Callers({ limit: 2 }, () => 0);
    for (const caller of ['a', 'b', 'a', 'c']) callers.paid(caller);
    expect(['a', 'b', 'c'].map((caller) => callers.timesFor(caller))).toEqual([4, 1, 2]);
  });
});
