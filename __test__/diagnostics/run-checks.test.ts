import { describe, expect, test } from '@jest/globals';
import type { Check, Finding, Measured } from '../../ts/diagnostics/check.ts';
import { worst } from '../../ts/diagnostics/check.ts';
import type { Machine } from '../../ts/diagnostics/machine.ts';
import { excused, type RunOptions, runChecks } from '../../ts/diagnostics/run-checks.ts';
import { judge, THRESHOLDS } from '../../ts/diagnostics/thresholds.ts';

const machine = {} as Machine;
const NEVER = new AbortController().signal;

function check(id: string, measure: Check['measure'], quick = 1): Check {
  return { id, title: id, method: 'by hand', seconds: { quick, full: 1 }, measure };
}

function finding(verdict: Finding['verdict']): () => Promise<Measured> {
  return async () => ({ figures: [], findings: [{ verdict, statement: 'it is so' }] });
}

function run(checks: readonly Check[], options: Partial<RunOptions> = {}) {
  return runChecks(checks, { machine, quick: true, limitMs: 60_000, signal: NEVER, ...options });
}

/** Rejects when the signal aborts. */
function untilAborted(signal: AbortSignal): Promise<Measured> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

describe('A run of checks', () => {
  test('has the verdict of its worst check', async () => {
    const { verdict, sections } = await run([
      check('a', finding('good')),
      check('b', finding('fail')),
      check('c', finding('warn')),
    ]);
    expect(verdict).toBe('fail');
    expect(sections.map((section) => section.verdict)).toEqual(['good', 'fail', 'warn']);
  });

  test('continues after a check that throws, and fails with its message', async () => {
    const broken = check('broken', () => Promise.reject(new Error('no such processor')));
    const { verdict, sections, complete } = await run([broken, check('next', finding('good'))]);
    expect(sections[0]?.findings).toEqual([
      { verdict: 'fail', statement: 'the check failed: no such processor' },
    ]);
    expect(sections[1]?.verdict).toBe('good');
    expect({ verdict, complete }).toEqual({ verdict: 'fail', complete: true });
  });

  test('leaves out checks that have no duration in this mode', async () => {
    const { sections } = await run([check('slow', finding('good'), 0), check('fast', finding('good'))]);
    expect(sections.map(({ id }) => id)).toEqual(['fast']);
  });

  test('that is interrupted has the sections so far and is not complete', async () => {
    const user = new AbortController();
    const long = check('long', ({ signal }) => {
      const ended = untilAborted(signal);
      user.abort();
      return ended;
    });
    const checks = [check('done', finding('good')), long, check('never', finding('fail'))];
    const { sections, complete, verdict } = await run(checks, { signal: user.signal });
    expect(sections.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['done', 'good'],
      ['long', 'unknown'],
    ]);
    expect({ complete, verdict }).toEqual({ complete: false, verdict: 'good' });
  });

  test('has no figures of a check that returned early because it was interrupted', async () => {
    const user = new AbortController();
    const early = check('early', async () => {
      user.abort();
      return { figures: [{ name: 'a', unit: '', samples: 0, values: {} }], findings: [] };
    });
    const { sections } = await run([early], { signal: user.signal });
    expect(sections).toMatchObject([{ figures: [], verdict: 'unknown' }]);
  });

  test('ends a check that exceeds the time limit of all checks', async () => {
    const endless = check('endless', ({ signal }) => untilAborted(signal));
    const { sections, complete, verdict } = await run([endless], { limitMs: 1 });
    expect({ complete, verdict }).toEqual({ complete: false, verdict: 'unknown' });
    // On a busy machine the time may be over before the check starts.
    expect(sections.length).toBeLessThanOrEqual(1);
  });

  test('reports its progress over all checks, weighted by their durations', async () => {
    const seen: number[] = [];
    const half = check('half', async ({ onProgress }) => {
      onProgress(0.5);
      return { figures: [], findings: [] };
    });
    await run([half, half], { onProgress: (done) => seen.push(done) });
    expect(seen).toEqual([0, 0.25, 0.5, 0.75]);
  });
});

describe('A finding with bad timing', () => {
  const late: Finding = { verdict: 'fail', statement: 'late', timed: true };

  test('is a warning with the reason if other processes use the machine', () => {
    expect(excused(late, 0.5)).toMatchObject({ verdict: 'warn', advice: expect.stringContaining('50 %') });
  });

  test('is not changed on an idle machine, or if the load is unknown', () => {
    expect(excused(late, 0.05).verdict).toBe('fail');
    expect(excused(late, undefined).verdict).toBe('fail');
  });

  test('is not changed if it does not depend on timing', () => {
    expect(excused({ verdict: 'fail', statement: 'wrong' }, 0.9).verdict).toBe('fail');
  });
});

describe('The verdict', () => {
  test('of no findings is unknown, and unknown findings do not make the others worse', () => {
    expect(worst([])).toBe('unknown');
    expect(worst(['unknown', 'good'])).toBe('good');
  });

  test('follows from the threshold, whether more or less is better', () => {
    const less = { good: 2, fail: 20, why: '' };
    const more = { good: 0.9, fail: 0.6, why: '' };
    expect([1, 2, 3, 20, 21].map((value) => judge(less, value))).toEqual([
      'good',
      'good',
      'warn',
      'warn',
      'fail',
    ]);
    expect([1, 0.9, 0.7, 0.6, 0.5].map((value) => judge(more, value))).toEqual([
      'good',
      'good',
      'warn',
      'warn',
      'fail',
    ]);
    expect(judge(less, Number.NaN)).toBe('unknown');
  });

  test('has a threshold with two limits and a reason', () => {
    for (const { good, fail, why } of Object.values(THRESHOLDS)) {
      expect(good).not.toBe(fail);
      expect(why).not.toBe('');
    }
  });
});
