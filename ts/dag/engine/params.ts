/** Checks parameters and tuning before anything is built on them. */
import { refuseUnknown, requireObject } from '../../check-arguments.ts';
import { mustBe } from '../../errors.ts';
import type { DagParams, DagTuning, PruningParams } from './types.ts';

type Limits<T> = { readonly [name in keyof T]: readonly [least: number, most: number] };

const PARAM_LIMITS: Limits<Omit<DagParams, 'pruning'>> = {
  ghostdagK: [0, 0xffff],
  maxParents: [1, 0xffff],
  mergeSetLimit: [0, Number.MAX_SAFE_INTEGER],
  targetTimePerBlockMs: [1, Number.MAX_SAFE_INTEGER],
  difficultyWindow: [1, 0xffffffff],
  difficultySampleRate: [1, 0xffff],
  // One block is removed from the window before the mean is computed, and at least one must remain.
  minDifficultyWindow: [2, Number.MAX_SAFE_INTEGER],
  pastMedianTimeWindow: [1, 0xffffffff],
  pastMedianTimeSampleRate: [1, 0xffff],
};

const PRUNING_LIMITS: Limits<PruningParams> = {
  finalityDepth: [1, Number.MAX_SAFE_INTEGER],
  mergeDepth: [1, Number.MAX_SAFE_INTEGER],
  pruningDepth: [1, Number.MAX_SAFE_INTEGER],
};

const TUNING_LIMITS: Limits<DagTuning> = {
  rememberedWindows: [1, 2 ** 20],
};

const DEFAULT_TUNING: DagTuning = { rememberedWindows: 2048 };

/** A frozen copy of the parameters. Throws `ERR_QANTO_INVALID_ARGUMENT` if one is not an integer or is out of range. */
export function checkedParams(params: DagParams): DagParams {
  requireObject('params', params);
  const copy = checked('params', params, PARAM_LIMITS);
  return params.pruning === undefined
    ? copy
    : Object.freeze({ ...copy, pruning: checkedPruning(params.pruning, params) });
}

function checkedPruning(params: PruningParams, { ghostdagK, mergeSetLimit }: DagParams): PruningParams {
  requireObject('params.pruning', params);
  refuseUnknown('params.pruning', params, fieldsOf(PRUNING_LIMITS));
  const pruning = checked('params.pruning', params, PRUNING_LIMITS);
  const { finalityDepth, mergeDepth, pruningDepth } = pruning;
  if (mergeDepth > finalityDepth) {
    const expected = `at most finalityDepth, ${finalityDepth}`;
    throw mustBe('params.pruning.mergeDepth', mergeDepth, expected);
  }
  // The proof of prunality behind GHOSTDAG chains: no honest block can depend on anything below this depth.
  const least = finalityDepth + 2 * mergeDepth + 4 * ghostdagK * mergeSetLimit + 2 * ghostdagK + 2;
  if (pruningDepth < least) {
    const expected = `at least φ + 2M + 4KL + 2K + 2 = ${least}`;
    throw mustBe('params.pruning.pruningDepth', pruningDepth, expected);
  }
  return pruning;
}

/**
 * The tuning, with defaults for absent values. Throws `ERR_QANTO_INVALID_ARGUMENT` if a value is not an integer or is
 * out of range.
 */
export function checkedTuning(tuning: Partial<DagTuning>): DagTuning {
  requireObject('tuning', tuning);
  refuseUnknown('tuning', tuning, fieldsOf(TUNING_LIMITS));
  const all = checked('tuning', { ...DEFAULT_TUNING, ...tuning }, TUNING_LIMITS);
  if (!Number.isInteger(Math.log2(all.rememberedWindows))) {
    throw mustBe('tuning.rememberedWindows', all.rememberedWindows, 'a power of two');
  }
  return all;
}

function fieldsOf(limits: Readonly<Record<string, unknown>>): Readonly<Record<string, true>> {
  return Object.fromEntries(Object.keys(limits).map((name) => [name, true]));
}

function checked<T extends object, L>(argument: string, values: T, limits: Limits<L>): T {
  for (const name of Object.keys(limits) as (keyof T & keyof L & string)[]) {
    const [least, most] = limits[name];
    const value: unknown = values[name];
    if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) {
      throw mustBe(`${argument}.${name}`, value, `an integer from ${least} to ${most}`);
    }
  }
  return Object.freeze({ ...values });
}
