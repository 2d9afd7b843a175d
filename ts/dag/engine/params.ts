/** Checks network parameters before anything is built on them. */
import { InvalidArgumentError } from '../../errors.ts';
import type { DagParams } from './types.ts';

const LIMITS: { readonly [name in keyof DagParams]: readonly [least: number, most: number] } = {
  ghostdagK: [0, 0xffff],
  maxParents: [1, 0xffff],
  mergeSetLimit: [0, Number.MAX_SAFE_INTEGER],
  targetTimePerBlockMs: [1, Number.MAX_SAFE_INTEGER],
  difficultyWindow: [1, 0xffffffff],
  difficultySampleRate: [1, 0xffff],
  // One block is taken out of the window before the mean is formed: at least one must remain.
  minDifficultyWindow: [2, Number.MAX_SAFE_INTEGER],
  pastMedianTimeWindow: [1, 0xffffffff],
  pastMedianTimeSampleRate: [1, 0xffff],
};

/** A copy of the parameters. Throws `INVALID_ARGUMENT` for one that is no integer or out of range. */
export function checkedParams(params: DagParams): DagParams {
  for (const name of Object.keys(LIMITS) as (keyof DagParams)[]) {
    const [least, most] = LIMITS[name];
    const value = params[name];
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`params.${name}`, value, `an integer from ${least} to ${most}`);
    }
  }
  return Object.freeze({ ...params });
}
