/** The checks of `qanto diagnose`: each measures one property and judges it. */
import type { Machine } from './machine.ts';
import type { Plot } from './report/plot.ts';

/** The judgement of a finding. `unknown` means that it was not measured. */
export type Verdict = 'good' | 'warn' | 'fail' | 'unknown';

/** A measured quantity with its sample size and spread. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly samples: number;
  /** Statistics by name, such as `median` or `p99`, in the order they are shown. */
  readonly values: Readonly<Record<string, number>>;
}

/** A statement about a measured property, with its verdict. */
export interface Finding {
  readonly verdict: Verdict;
  readonly statement: string;
  /** What to do if the verdict is not good. */
  readonly advice?: string;
  /** Whether the finding depends on timing, so that other work on the machine can make it worse. */
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
  /** Intended duration of the check, in seconds. */
  readonly seconds: number;
  /** Aborts when the user interrupts or the time is over. The check then throws or returns immediately. */
  readonly signal: AbortSignal;
  /** Reports the completed fraction, 0 to 1. */
  readonly onProgress: (done: number) => void;
}

export interface Check {
  /** Stable identifier, such as `cancellation`. */
  readonly id: string;
  readonly title: string;
  /** How the check measures, in one line. */
  readonly method: string;
  /** Intended duration in seconds; 0 leaves the check out. */
  readonly seconds: { readonly quick: number; readonly full: number };
  /** Whether child processes do the work, whose CPU time cannot be distinguished from that of other processes. */
  readonly spawns?: true;
  measure(context: CheckContext): Promise<Measured>;
}

/** The section of the report about one check. */
export interface Section extends Measured {
  readonly id: string;
  readonly title: string;
  readonly method: string;
  /** The worst verdict of the findings. */
  readonly verdict: Verdict;
  /** Fraction of the cores, 0 to 1, that other processes or the hypervisor used during the check. Undefined if unknown. */
  readonly contention?: number;
}

const SEVERITY: readonly Verdict[] = ['unknown', 'good', 'warn', 'fail'];

/** The worst of the verdicts that are not `unknown`; `unknown` if there are none. */
export function worst(verdicts: Iterable<Verdict>): Verdict {
  let result: Verdict = 'unknown';
  for (const verdict of verdicts) {
    if (SEVERITY.indexOf(verdict) > SEVERITY.indexOf(result)) result = verdict;
  }
  return result;
}
