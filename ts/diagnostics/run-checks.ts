/** Runs checks one after the other and collects their sections of the report. */
import { setImmediate } from 'node:timers/promises';
import { onceAborted } from 'qanto/internal';
import { type Check, type Finding, type Section, type Verdict, worst } from './check.ts';
import { watchContention } from './contention.ts';
import type { Machine } from './machine.ts';

/** If other processes use more than this fraction of the machine, bad timing says little about qanto. */
const CONTENDED = 0.1;

export interface RunOptions {
  readonly machine: Machine;
  readonly quick: boolean;
  /** Maximum duration of all checks, in ms. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
  /** Receives the completed fraction of all checks, 0 to 1, and the title of the current one. */
  readonly onProgress?: (done: number, title: string) => void;
}

export interface Run {
  readonly sections: readonly Section[];
  readonly verdict: Verdict;
  /** False if the run was interrupted or exceeded its time limit. */
  readonly complete: boolean;
}

export function secondsOf(check: Check, quick: boolean): number {
  return quick ? check.seconds.quick : check.seconds.full;
}

export async function runChecks(checks: readonly Check[], options: RunOptions): Promise<Run> {
  const { machine, quick, signal, onProgress } = options;
  const { limit, release } = limited(signal, options.limitMs);
  const planned = checks.filter((check) => secondsOf(check, quick) > 0);
  const total = planned.reduce((sum, check) => sum + secondsOf(check, quick), 0);
  const sections: Section[] = [];
  let before = 0;
  for (const check of planned) {
    if (limit.aborted) break;
    const seconds = secondsOf(check, quick);
    const progress = (done: number) =>
      onProgress?.((before + seconds * Math.min(Math.max(done, 0), 1)) / total, check.title);
    progress(0);
    // Lets the event loop draw the bar and deliver signals.
    await setImmediate();
    const section = await run(check, { machine, quick, seconds, signal: limit, onProgress: progress });
    sections.push(section);
    before += seconds;
  }
  release();
  return {
    sections,
    verdict: worst(sections.map(({ verdict }) => verdict)),
    complete: !limit.aborted,
  };
}

/** A signal that also aborts after a timeout. AbortSignal.any cannot be used, because Node.js before 22.16 may
 * garbage-collect its sources. */
function limited(signal: AbortSignal, limitMs: number): { limit: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  const stopListening = onceAborted(signal, abort);
  const timer = setTimeout(abort, limitMs);
  const release = () => {
    clearTimeout(timer);
    stopListening();
  };
  return { limit: controller.signal, release };
}

async function run(check: Check, context: Parameters<Check['measure']>[0]): Promise<Section> {
  const { id, title, method } = check;
  const contentionSoFar = watchContention();
  try {
    const measured = await check.measure(context);
    // The figures of an interrupted check would have fewer samples than its method states.
    context.signal.throwIfAborted();
    const contention = check.spawns ? undefined : contentionSoFar();
    const findings = measured.findings.map((finding) => excused(finding, contention));
    return {
      id,
      title,
      method,
      ...measured,
      findings,
      verdict: worst(findings.map(({ verdict }) => verdict)),
      ...(contention !== undefined && { contention }),
    };
  } catch (error) {
    const finding: Finding = context.signal.aborted
      ? { verdict: 'unknown', statement: 'the check was stopped before it finished' }
      : {
          verdict: 'fail',
          statement: `the check failed: ${error instanceof Error ? error.message : String(error)}`,
        };
    return { id, title, method, figures: [], findings: [finding], verdict: finding.verdict };
  }
}

/** Turns a failure that depends on timing into a warning, with its reason, if other processes used the machine. */
export function excused(finding: Finding, contention: number | undefined): Finding {
  const bad = finding.verdict === 'fail' || finding.verdict === 'warn';
  if (!finding.timed || !bad || contention === undefined || contention <= CONTENDED) return finding;
  const percent = Math.round(100 * contention);
  return {
    ...finding,
    verdict: 'warn',
    advice: `This result is unreliable, because other processes used ${percent} % of the CPU time. Run the check again when the machine is idle.`,
  };
}
