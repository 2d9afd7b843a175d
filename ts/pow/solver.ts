/**
 * The jobs of this JavaScript environment (the main thread, or one worker). The addon reports any number of
 * events with one coalesced wake-up of the event loop; `drain` then fetches them.
 */
import type { AsyncResource as Context } from 'node:async_hooks';
import {
  type AnswersInput,
  type JobInput,
  type MessagesInput,
  type NativeSolver,
  type NativeTraceReceiver,
  type NoncesInput,
  native,
  type TemplateInput,
} from '../native.ts';
import { jobSpan, settleWatched, startWatched } from '../tracing/index.ts';
import type { SpanAttributes } from '../tracing/span.ts';
import { translated } from './native-errors.ts';
import { type JobEvent, lowerBound, packTemplate, reportOf } from './packed.ts';
import type { Kernel } from './platform.ts';
import type { SolveOutcome } from './solve-channel.ts';
import type { CheckedTemplate } from './template.ts';

const { AsyncResource } = process.getBuiltinModule('node:async_hooks');
// Programs replace the global function in their tests.
const { setImmediate } = process.getBuiltinModule('node:timers');

/** The options of a job. Those that are undefined have their defaults. */
export interface JobOptions {
  readonly startNonce: bigint;
  readonly maxHashes: bigint | undefined;
  readonly timeoutMs: number | undefined;
  readonly threads: number | undefined;
  readonly background: boolean | undefined;
  readonly kernel: Kernel | undefined;
  readonly progressIntervalMs: number | undefined;
}

/** Both are called in the async context in which the job was started. */
export interface JobHandlers {
  onProgress(event: JobEvent): void;
  /** Called once, as the last call, when the job no longer uses any CPU time. */
  onSettled(outcome: SolveOutcome, event: JobEvent): void;
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

/** The reports of jobs that settled when they were submitted. */
let settledAtOnce: JobEvent[] = [];

/** Starts a job. Returns a function that cancels it. Throws an error of the addon if the job is refused. */
export function startJob(template: CheckedTemplate, options: JobOptions, handlers: JobHandlers): () => void {
  const running = theSolver();
  return start('solvePow', { algorithm: template.algorithm }, handlers, (traces) => {
    const job = submitTo(running, template, options, traces);
    const report = reportOf(job);
    if (report !== undefined) reportLater(report);
    return job;
  });
}

/** Starts one job for at most `solutions` hits of each template, as {@link startJob} does. */
export function startMany(
  templates: TemplateInput[],
  solutions: number,
  options: JobOptions,
  handlers: JobHandlers,
): () => void {
  const running = theSolver();
  const algorithm = templates[0]?.algorithm ?? '';
  const attributes = { algorithm, templates: templates.length, solutions };
  return start('solveMany', attributes, handlers, (traces) =>
    running.submitMany(templates, solutions, options.startNonce, options as JobInput, traces),
  );
}

function start(
  name: string,
  attributes: SpanAttributes,
  handlers: JobHandlers,
  submit: (traces?: NativeTraceReceiver) => number,
): () => void {
  const running = theSolver();
  const context = new AsyncResource('QantoJob');
  const span = jobSpan(name, { ...attributes, use_gpu: false });
  const id = startWatched({ span, context }, (traces) => translated(() => submit(traces)));
  jobs.set(id, { handlers, context });
  return () => running.cancel(id);
}

function submitTo(
  running: NativeSolver,
  template: CheckedTemplate,
  options: JobOptions,
  traces: NativeTraceReceiver | undefined,
): number {
  const { preimage, rule } = template;
  const packed = packTemplate(template, options.startNonce, 0);
  const given = isDefault(options) ? undefined : (options as JobInput);
  return running.submit(packed, preimage, rule.hi, lowerBound(template), given, traces, template.repeated);
}

/** Returns whether there are no options but the start nonce. The addon then need not read them. */
function isDefault(options: JobOptions): boolean {
  const { maxHashes, timeoutMs, threads, background, kernel, progressIntervalMs } = options;
  return (
    maxHashes === undefined &&
    timeoutMs === undefined &&
    threads === undefined &&
    background === undefined &&
    kernel === undefined &&
    progressIntervalMs === undefined
  );
}

/** What is verified at once, as the addon takes it. */
export type Batch =
  | { readonly answers: AnswersInput }
  | { readonly messages: MessagesInput }
  | { readonly nonces: NoncesInput };

/** Starts a job that verifies answers, as {@link startJob} does. Its outcome is `exhausted` if nothing ends it before. */
export function startVerification(batch: Batch, handlers: JobHandlers): () => void {
  const running = theSolver();
  const id = translated(() => {
    if ('answers' in batch) return running.submitAnswers(batch.answers);
    if ('messages' in batch) return running.submitMessages(batch.messages);
    return running.submitNonces(batch.nonces);
  });
  jobs.set(id, { handlers, context: new AsyncResource('QantoJob') });
  return () => running.cancel(id);
}

/**
 * Reports a settled job in the next turn of the event loop, where the reports of all other jobs arrive, too. A program that
 * solves one easy template after another thus cannot keep the event loop from everything else.
 */
function reportLater(event: JobEvent): void {
  settledAtOnce.push(event);
  if (settledAtOnce.length > 1) return;
  setImmediate(() => {
    const events = settledAtOnce;
    settledAtOnce = [];
    reportAll(events);
  });
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
  reportAll(from.drain());
}

function reportAll(events: readonly JobEvent[]): void {
  for (const event of events) {
    const job = jobs.get(event.job);
    job?.context.runInAsyncScope(report, undefined, event, job.handlers);
  }
}

function report(event: JobEvent, handlers: JobHandlers): void {
  const { job, kind, hashes, kernel, message } = event;
  if (kind === 'progress') {
    handlers.onProgress(event);
  } else {
    jobs.delete(job);
    settleWatched(job, kind, { hashes, ...(kernel !== undefined && { kernel }) }, message);
    handlers.onSettled(kind, event);
  }
}
