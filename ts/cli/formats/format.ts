/** What the commands need to know about a format. */
import type { Algorithm, SolveOptions } from 'qanto';
import type { Effort, Verdict } from 'qanto/formats';
import type { Odds } from '../odds.ts';

/** The fields of a JSON object from outside, of which nothing is checked yet. */
export type FieldsOf<Name extends string = string> = Readonly<Partial<Record<Name, unknown>>>;

/** What `--set` takes for a field. A list is of texts with commas between them. */
export type FieldKind = 'text' | 'integer' | 'list';

/** What a command takes: a JSON object with these fields or, for some formats, a text that is not JSON. */
export interface Taken {
  /** What it is, in a few words, and where it comes from. */
  readonly what: string;
  /** The fields that may be set, and the kinds of their values. */
  readonly fields: Readonly<Record<string, FieldKind>>;
  /** The field that a text is which is not JSON, and how such a text is told from the name of a file. */
  readonly text?: { readonly field: string; readonly pattern: RegExp };
}

/** A search that has not begun. */
export interface Search {
  /** The odds of finding an answer, for the progress. Undefined if the challenge does not say them. */
  readonly odds: Odds | undefined;
  /** Searches for the answer. */
  readonly solve: (options: SolveOptions) => Promise<Solved>;
}

/** What a search has found. */
export interface Solved {
  /** The answer as it is sent: text, or a value for JSON. */
  readonly answer: unknown;
  /** What else is known about the answer. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** The work that it took. The expected number of hashes may not be known. */
  readonly effort: Omit<Effort, 'expectedHashes'> & Partial<Effort>;
}

/** One format. */
export interface Format {
  /** What is hashed, in a few words. */
  readonly hashes: string;
  /** The hash functions. */
  readonly algorithms: readonly Algorithm[];
  /** What `qanto solve` takes. */
  readonly challenge: Taken;
  /** Whether the search always begins with the first nonce, so that `--start-nonce` is refused. */
  readonly startsFirst?: true;
  /** What an answer must meet, which `qanto verify` takes besides the answer. */
  readonly conditions: Taken;
  /** The answer that `qanto verify` takes, and how the text of an answer is told from the name of a file. */
  readonly answer: { readonly what: string; readonly pattern?: RegExp };
  /** The arguments of an example of each command, behind the name of the format. */
  readonly examples: { readonly solve: readonly string[]; readonly verify: readonly string[] };
  /** Checks a challenge, and returns the search for its answer. Throws `ERR_QANTO_INVALID_ARGUMENT`. */
  readonly search: (challenge: FieldsOf) => Search;
  /** Checks an answer. Throws or rejects with `ERR_QANTO_INVALID_ARGUMENT` if the conditions are invalid. */
  readonly verify: (
    conditions: FieldsOf,
    answer: unknown,
    signal: AbortSignal,
  ) => Verdict<string> | Promise<Verdict<string>>;
}
