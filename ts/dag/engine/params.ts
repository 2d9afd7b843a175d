/** Checks parameters and tuning before anything is built on them. */
import { InvalidArgumentError } from '../../errors.ts';
import type { DagParams, DagTuning } from './types.ts';

type Limits<T> = { readonly [name in keyof T]: readonly [least: number, most: number] };

const PARAM_LIMITS: Limits<DagParams> = {
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

const TUNING_LIMITS: Limits<DagTuning> = {
  rememberedWindows: [1, 2 ** 20],
  reindexDepth: [1, 2 ** 20],
  reindexSlack: [1, 2 ** 20],
};

const DEFAULT_TUNING: DagTuning = { rememberedWindows: 2048, reindexDepth: 100, reindexSlack: 2 ** 14 };

/** A copy of the parameters. Throws `INVALID_ARGUMENT` for one that is no integer or out of range. */
export function checkedParams(params: DagParams): DagParams {
  return checked('params', params, PARAM_LIMITS);
}

/** The tuning with defaults filled in. Throws `INVALID_ARGUMENT` for a value that is no integer or out of range. */
export function checkedTuning(tuning: Partial<DagTuning>): DagTuning {
  const all = checked('tuning', { ...DEFAULT_TUNING, ...tuning }, TUNING_LIMITS);
  if (!Number.isInteger(Math.log2(all.rememberedWindows))) {
    throw new InvalidArgumentError('tuning.rememberedWindows', all.rememberedWindows, 'a power of two');
  }
  return all;
}

function checked<T extends object>(argument: string, values: T, limits: Limits<T>): T {
  for (const name of Object.keys(limits) as (keyof T & string)[]) {
    const [least, most] = limits[name];
    const value: unknown = values[name];
    if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) {
      throw new InvalidArgumentError(`${argument}.${name}`, value, `an integer from ${least} to ${most}`);
    }
  }
  return Object.freeze({ ...values });
}
