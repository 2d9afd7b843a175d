import { describe, expect, it } from '@jest/globals';
import type { DagEngine } from '../../../ts/dag/engine/engine.ts';
import { rebuild } from '../../../ts/dag/engine/rebuild.ts';
import { checkPrunedAgainstWhole } from './pruning-properties.ts';
import { engineOf, hashOf, node } from './support.ts';

/** The pruning point moves whenever the blue score of the sink has grown by 10. */
const NARROW = {
  ghostdagK: 1,
  mergeSetLimit: 3,
  difficultyWindow: 5,
  difficultySampleRate: 1,
  minDifficultyWindow: 6,
  pastMedianTimeWindow: 5,
  pastMedianTimeSampleRate: 1,
  pruning: { finalityDepth: 10, mergeDepth: 3, pruningDepth: 32 },
};

/** The chain of blocks `1`, `2` and so on above genesis. A block has its name as its blue score. */
function chainTo(last: number): Record<string, string[]> {
  return Object.fromEntries(
    Array.from({ length: last }, (_, index) => [`${index + 1}`, [index === 0 ? 'g' : `${index}`]]),
  );
}

function extendChain(engine: DagEngine, from: number, last: number): void {
  for (let name = from; name <= last; name++) engine.add(node(`${name}`, [`${name - 1}`]));
}

describe('A pruned engine', () => {
  it('gives the same results for the blocks that it keeps as an engine that keeps all blocks', () => {
    const { prunings, refusals, answers } = checkPrunedAgainstWhole(25);
    expect(prunings).toBeGreaterThan(25);
    expect(refusals).not.toContain('ERR_QANTO_RETENTION');
    for (const answer of ['too-many-blues', 'anticone-too-large', 'ERR_QANTO_PAST_PRUNED', 'no error'])
      expect(answers.get(answer)).toBeGreaterThan(0);
  });

  it('takes over a late block that was accepted before the pruning point moved up', () => {
    const old = engineOf(chainTo(42), NARROW);
    old.updateVirtual();
    expect(old.pruningPoint()).toBe(hashOf('10'));
    const steps = rebuild(old);
    /** Whether the new engine holds all blocks, and its virtual state is that of these blocks. */
    const isCaughtUp = () => steps.next(true).value !== undefined;
    while (!isCaughtUp());
    extendChain(old, 43, 52);
    while (!isCaughtUp());

    old.add(node('late', ['15']));
    old.updateVirtual();
    expect(old.pruningPoint()).toBe(hashOf('20'));
    let result = steps.next();
    while (!result.done) result = steps.next();
    expect(result.value!.engine.has(hashOf('late'))).toBe(true);
    expect(result.value!.engine.pruningPoint()).toBe(hashOf('20'));
    expect(result.value!.dropped).toContain(hashOf('1'));
  });
});
