/**
 * The jobs of this JavaScript environment (the main thread, or one worker). The addon reports any number of
 * events with one coalesced wake-up of the event loop; `drain` then fetches them.
 */
import { type NativeSolver, native, type SolverEvent, type TemplateInput } from '../native.ts';
import { jobSpan, settleWatched, startWatched } from '../tracing/index.ts';
import { translated } from './native-errors.ts';
import type { Kernel } from './platform.ts';
import type { SolveOutcome } from './solve-channel.ts';

export interface JobOptions {
  readonly startNonce: bigint;
  readonly maxHashes?: bigint;
  readonly timeoutMs?: number;
  readonly threads?: number;
  readonly background: boolean;
  readonly kernel?: Kernel;
  readonly progressIntervalMs?: number;
}

export interface JobHandlers {
  onProgress(event: SolverEvent): void;
  /** Called once, as the last call, when the job no longer uses any CPU time. */
  onSettled(outcome: SolveOutcome, event: SolverEvent): void;
}

let solver: NativeSolver | undefined;
const jobs = new Map<number, JobHandlers>();

/** Starts a job. Returns a function that cancels it. Throws an error of the addon if the job is refused. */
export function startJob(template: TemplateInput, options: JobOptions, handlers: JobHandlers): () => void {
  const running = theSolver();
  const span = jobSpan('solvePow', { algorithm: template.algorithm, use_gpu: false });
  const id = startWatched(span, (traces) => translated(() => running.submit(template, options, traces)));
  jobs.set(id, handlers);
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
    const handlers = jobs.get(event.job);
    if (!handlers) continue;
    const { job, kind, hashes, kernel, message } = event;
    if (kind === 'progress') {
      handlers.onProgress(event);
    } else {
      jobs.delete(job);
      settleWatched(job, kind, { hashes, ...(kernel !== undefined && { kernel }) }, message);
      handlers.onSettled(kind, event);
    }
  }
}
