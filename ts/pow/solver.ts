/**
 * The jobs of this JavaScript environment (the main thread, or one worker). The addon reports any number of
 * events with one coalesced wake-up of the event loop; `drain` then fetches them.
 */
import type { AsyncResource as Context } from 'node:async_hooks';
import { type NativeSolver, native, type SolverEvent, type TemplateInput } from '../native.ts';
import { jobSpan, settleWatched, startWatched } from '../tracing/index.ts';
import { translated } from './native-errors.ts';
import type { Kernel } from './platform.ts';
import type { SolveOutcome } from './solve-channel.ts';

const { AsyncResource } = process.getBuiltinModule('node:async_hooks');

export interface JobOptions {
  readonly startNonce: bigint;
  readonly maxHashes?: bigint;
  readonly timeoutMs?: number;
  readonly threads?: number;
  readonly background: boolean;
  readonly kernel?: Kernel;
  readonly progressIntervalMs?: number;
}

/** Both are called in the async context in which the job was started. */
export interface JobHandlers {
  onProgress(event: SolverEvent): void;
  /** Called once, as the last call, when the job no longer uses any CPU time. */
  onSettled(outcome: SolveOutcome, event: SolverEvent): void;
}

interface Job {
  readonly handlers: JobHandlers;
  /**
   * The context of the caller. In Node.js 20 and 22 the wake-up runs in the context of the first job, and in Node.js 24 in
   * none.
   */
  readonly context: Context;
}

let solver: NativeSolver | undefined;
const jobs = new Map<number, Job>();

/** Starts a job. Returns a function that cancels it. Throws an error of the addon if the job is refused. */
export function startJob(template: TemplateInput, options: JobOptions, handlers: JobHandlers): () => void {
  const running = theSolver();
  const context = new AsyncResource('QantoJob');
  const span = jobSpan('solvePow', { algorithm: template.algorithm, use_gpu: false });
  const id = startWatched({ span, context }, (traces) =>
    translated(() => running.submit(template, options, traces)),
  );
  jobs.set(id, { handlers, context });
  return () => running.cancel(id);
}

function theSolver(): NativeSolver {
  if (!solver) {
    const created = new (native().Solver)(() => drain(created));
    solver = created;
    // Node does not clean up addons on process.exit(), so the threads are stopped and joined here.
    process.once('exit', () => created.shutdown());
  }
  return solver;
}

function drain(from: NativeSolver): void {
  for (const event of from.drain()) {
    const job = jobs.get(event.job);
    job?.context.runInAsyncScope(report, undefined, event, job.handlers);
  }
}

function report(event: SolverEvent, handlers: JobHandlers): void {
  const { job, kind, hashes, kernel, message } = event;
  if (kind === 'progress') {
    handlers.onProgress(event);
  } else {
    jobs.delete(job);
    settleWatched(job, kind, { hashes, ...(kernel !== undefined && { kernel }) }, message);
    handlers.onSettled(kind, event);
  }
}
