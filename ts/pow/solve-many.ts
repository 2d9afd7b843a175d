import { type Fields, requireInteger } from '../check-arguments.ts';
import {
  AbortError,
  ExpectedWorkError,
  HashBudgetSpentError,
  InternalPanicError,
  mustBe,
  NonceSpaceExhaustedError,
  type QantoError,
  TimedOutError,
} from '../errors.ts';
import { meanHashes, meanHashesFloor } from './hit-rule.ts';
import { named } from './named.ts';
import { checkNonce } from './nonce.ts';
import type { JobEvent } from './packed.ts';
import {
  checkHashCount,
  checkOptions,
  type GivenOptions,
  readOptions,
  runSearch,
  SOLVE_OPTION_FIELDS,
  type Solution,
  type SolveOptions,
} from './solve.ts';
import type { SolveOutcome } from './solve-channel.ts';
import { startMany } from './solver.ts';
import { type CheckedTemplate, checkTemplate, type Template, toNativeTemplate } from './template.ts';

/** These limits keep one call from taking more than about 100 MiB of memory. */
const MAX_TEMPLATES = 1024;
const MAX_SOLUTIONS = 65_536;

/** The options of {@link solveMany}: those of {@link solvePow} and the number of solutions. */
export interface SolveManyOptions extends SolveOptions {
  /**
   * The number of solutions to find of each template: an integer of at least 1, so that all templates together have at
   * most 65,536. Default: 1.
   */
  readonly solutions?: number;
  /**
   * Maximum number of hashes of all templates together, from 1 to 2^64 - 1, as a search of one template after the other
   * counts them: for each template, those from the start nonce to its last solution. If they do not hold all
   * solutions, the promise rejects with `ERR_QANTO_HASH_BUDGET_SPENT`. The threads search several templates at once, so
   * that, when the budget ends a search, they may have computed up to the budget times the number of threads. Default: no limit.
   */
  readonly maxHashes?: number | bigint;
  /**
   * Maximum expected work of all solutions of all templates together, in hashes: from 1 to 2^64 - 1. If it is
   * higher, the promise rejects with `ERR_QANTO_EXPECTED_WORK_TOO_HIGH`. Default: no limit.
   */
  readonly maxExpectedHashes?: number | bigint;
  /** The first nonce of each template, as in {@link SolveOptions}. It must be in the nonce space of all templates. */
  readonly startNonce?: number | bigint;
}

const OPTION_FIELDS: Fields<SolveManyOptions> = { ...SOLVE_OPTION_FIELDS, solutions: true };

/**
 * Searches for the first solutions of each of several templates, in one job: 1 to 1,024 templates, which must have the same
 * hash function. Resolves to the solutions of each template, in the order of the templates, and ascending as
 * {@link solvePow} orders them. The first one of a template is the one that `solvePow` finds.
 *
 * The solutions are the same on every machine and for any number of threads. Only their `hashes` and `elapsedMs` are not;
 * these are those of the whole job. The threads share the templates among them, so that small templates
 * keep all threads busy. The job counts as one in `poolStatus`, on {@link SOLVE_CHANNEL} and in spans, with the kernel of
 * the first template.
 *
 * The promise rejects with the errors of `solvePow`. If the search ends before all solutions are found, because of an
 * abort, of `timeoutMs` or `maxHashes`, or because a template has too few hits, the property `found` of the error has those
 * that were found. An invalid template is named by its index, such as `templates[3].target`.
 */
export async function solveMany(
  templates: readonly Template[],
  options: SolveManyOptions = {},
): Promise<Solution[][]> {
  const checked = checkTemplates(templates);
  const given = readOptions(options, OPTION_FIELDS);
  const solutions = checkSolutions(options.solutions, checked.length);
  const [first] = checked as [CheckedTemplate];
  const jobOptions = checkOptions(first, given);
  for (const { nonce } of checked) checkNonce('options.startNonce', jobOptions.startNonce, nonce);
  checkExpectedWork(checked, solutions, given.maxExpectedHashes);
  const { signal } = given;
  if (signal?.aborted) {
    const none = checked.map(() => []);
    throw new AbortError(signal.reason, undefined, none);
  }
  return runSearch(
    first.algorithm,
    given,
    (handlers) => startMany(checked.map(toNativeTemplate), solutions, jobOptions, handlers),
    (outcome, event) => {
      const found = toSolutions(event, checked);
      if (outcome === 'found') return found;
      throw toError(outcome, event, given, found);
    },
  );
}

function checkTemplates(templates: readonly Template[]): CheckedTemplate[] {
  const expected = `an array of 1 to ${MAX_TEMPLATES} templates`;
  if (!Array.isArray(templates)) throw mustBe('templates', templates, expected);
  const { length } = templates;
  if (length < 1 || length > MAX_TEMPLATES) throw mustBe('templates', templates, expected);
  const checked: CheckedTemplate[] = [];
  for (let index = 0; index < length; index++) {
    const name = `templates[${index}]`;
    const template = named(name, () => checkTemplate(templates[index]));
    const { algorithm } = checked[0] ?? template;
    if (template.algorithm !== algorithm) {
      throw mustBe(`${name}.algorithm`, template.algorithm, `${algorithm}, as in templates[0]`);
    }
    checked.push(template);
  }
  return checked;
}

function checkSolutions(solutions: number | undefined, templates: number): number {
  if (solutions === undefined) return 1;
  const max = Math.floor(MAX_SOLUTIONS / templates);
  requireInteger('options.solutions', solutions, 1, max);
  return solutions;
}

function checkExpectedWork(
  templates: readonly CheckedTemplate[],
  solutions: number,
  maxExpectedHashes: number | bigint | undefined,
): void {
  if (maxExpectedHashes === undefined) return;
  const limit = checkHashCount('options.maxExpectedHashes', maxExpectedHashes);
  const ofEach = templates.map(({ rule }) => meanHashesFloor(rule) * BigInt(solutions));
  const expected = ofEach.reduce((sum, hashes) => sum + hashes, 0n);
  if (expected > limit) throw new ExpectedWorkError(expected, limit, 'all solutions together take');
}

function toSolutions(
  { found, hashes, elapsedMs }: JobEvent,
  templates: readonly CheckedTemplate[],
): Solution[][] {
  if (found === undefined) throw new InternalPanicError('the report has no hits');
  const { counts, nonces, variants, digests } = found;
  let next = 0;
  let nextDigest = 0;
  return templates.map(({ rule, digestLength }, index) => {
    const expectedHashes = meanHashes(rule);
    return Array.from({ length: counts[index] ?? 0 }, () => {
      const nonce = nonces[next] ?? 0n;
      const variant = variants[next] ?? 0;
      const digest = digests.slice(nextDigest, nextDigest + digestLength);
      next += 1;
      nextDigest += digestLength;
      return { nonce, variant, digest, hashes, expectedHashes, elapsedMs };
    });
  });
}

function toError(
  outcome: Exclude<SolveOutcome, 'found'>,
  event: JobEvent,
  options: GivenOptions,
  found: Solution[][],
): QantoError {
  switch (outcome) {
    case 'timed-out':
      return new TimedOutError(options.timeoutMs ?? Number.NaN, event, found);
    case 'budget-spent':
      return new HashBudgetSpentError(options.maxHashes ?? Number.NaN, event, found);
    case 'exhausted':
      return new NonceSpaceExhaustedError(options.startNonce ?? 0n, event, found);
    case 'cancelled':
      return new AbortError(options.signal?.reason, event.stoppedAfterMs, found);
    case 'panicked':
      return new InternalPanicError(event.message ?? 'the panic has no message');
  }
}
