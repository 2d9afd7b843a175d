/** What `qanto diagnose` is made of: checks that measure one thing each and judge it. */
import type { Machine } from './machine.ts';
import type { Plot } from './report/plot.ts';

/** `unknown`: it was not measured. */
export type Verdict = 'good' | 'warn' | 'fail' | 'unknown';

/** A measured quantity with its sample size and spread. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly samples: number;
  /** Statistics by name, such as `median` or `p99`, in the order they are shown. */
  readonly values: Readonly<Record<string, number>>;
}

/** One line of judgement. */
export interface Finding {
  readonly verdict: Verdict;
  readonly statement: string;
  /** What to do about it, if it is not good. */
  readonly advice?: string;
  /** It hangs on timing, so that other work on the machine can make it worse than qanto is. */
  readonly timed?: boolean;
}

export interface Measured {
  readonly figures: readonly Figure[];
  readonly findings: readonly Finding[];
  readonly plots?: readonly Plot[];
}

export interface CheckContext {
  readonly machine: Machine;
  readonly quick: boolean;
  /** How long the check should take. */
  readonly seconds: number;
  /** Aborts when the user or the time demands it; a check then throws or returns at once. */
  readonly signal: AbortSignal;
  /** Tells the part that is done, 0 to 1. */
  readonly onProgress: (done: number) => void;
}

export interface Check {
  /** Stable name, such as `cancellation`. */
  readonly id: string;
  readonly title: string;
  /** One line: how it is measured. */
  readonly method: string;
  /** Seconds it is given; 0 leaves it out. */
  readonly seconds: { readonly quick: number; readonly full: number };
  /** Its work is done by processes of its own: their CPU time cannot be told from that of others. */
  readonly spawns?: true;
  measure(context: CheckContext): Promise<Measured>;
}

/** A check's part of the report. */
export interface Section extends Measured {
  readonly id: string;
  readonly title: string;
  readonly method: string;
  /** What all findings come to: the worst of them. */
  readonly verdict: Verdict;
  /** Part of the cores, 0 to 1, that others used meanwhile or that the hypervisor took; undefined where unknown. */
  readonly contention?: number;
}

const SEVERITY: readonly Verdict[] = ['unknown', 'good', 'warn', 'fail'];

/** The worst of what was measured; `unknown` if nothing was. */
export function worst(verdicts: Iterable<Verdict>): Verdict {
  let result: Verdict = 'unknown';
  for (const verdict of verdicts) {
    if (SEVERITY.indexOf(verdict) > SEVERITY.indexOf(result)) result = verdict;
  }
  return result;
}
