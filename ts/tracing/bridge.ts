/**
 * Receives the spans and events of Rust in this JavaScript environment. No subscriber is installed, and nothing
 * is received, before the first watched job. A job is watched if it runs inside a recording span or if there is
 * a logger.
 */
import type { AsyncResource as Context } from 'node:async_hooks';
import { mustBe, TraceFilterError } from '../errors.ts';
import { checkLogger, type Logger, labelled } from '../logger.ts';
import { type NativeTraceReceiver, native, type TraceRecord } from '../native.ts';
import { rethrowLater } from '../rethrow.ts';
import { applyFilter, variableFilter } from './filter.ts';
import type { JobSpan, ToPerformanceMs } from './job-span.ts';
import type { SpanAttributes } from './span.ts';

const { AsyncResource } = process.getBuiltinModule('node:async_hooks');

/**
 * The number of records that are kept while the event loop is busy: the spans of 1000 small jobs, about 2 MB.
 */
const CAPACITY = 4096;
/** The number of clock readings, of which the most precise is used. */
const CALIBRATIONS = 5;
/** The filter for jobs inside a recording span if neither the program nor a variable sets one. */
const DEFAULT_FILTER = { directives: 'info', source: 'default' };

/** A job that may have records. */
export interface WatchedJob {
  /** Undefined if there is no SDK. */
  readonly span: JobSpan | undefined;
  /** The async context in which the job was started, and in which the SDK and the logger are called for it. */
  readonly context: Context;
}

let receiver: NativeTraceReceiver | undefined;
let logger: Logger | undefined;
/** The context of the call that set the logger. Lines that belong to no job are logged in it. */
let loggerContext: Context | undefined;
let isFilterChosen = false;
let reportedDropped = 0;
const jobs = new Map<number, WatchedJob>();

/**
 * Sets the filter for the spans and events of the native code, for the whole process including all workers.
 * `directives` has the syntax of `RUST_LOG`: `level`, `target` and `target=level`, separated by commas, such as `info`, `off`
 * or `qanto_pow=trace`. Directives that select spans or fields are not supported. Undefined restores the default: the
 * variable `QANTO_LOG`, else `RUST_LOG`, else `info` for jobs inside a recording span. Throws
 * `ERR_QANTO_INVALID_TRACE_FILTER` if the directives are invalid, `ERR_QANTO_INVALID_ARGUMENT` if the argument is not a string
 * or undefined, and `ERR_QANTO_NATIVE_UNAVAILABLE` if there is no native binary.
 */
export function setTraceFilter(directives: string | undefined): void {
  if (directives === undefined) {
    theReceiver().setFilter(undefined, false);
    isFilterChosen = false;
    return;
  }
  if (typeof directives !== 'string') {
    throw mustBe('directives', directives, "a string such as 'info' or 'qanto_pow=debug'");
  }
  applyFilter(theReceiver(), { directives, source: 'setTraceFilter' }, { unlessSet: false });
  isFilterChosen = true;
}

/**
 * The current filter of the process for the spans and events of the native code. Undefined if none has been set
 * yet. Throws `ERR_QANTO_NATIVE_UNAVAILABLE` if there is no native binary.
 */
export function traceFilter(): string | undefined {
  return theReceiver().filter() ?? undefined;
}

/**
 * Logs the events of the native code, and those of its spans that no OpenTelemetry SDK records, as lines of
 * this logger. The filter selects them. Lines that belong to a search are logged in the async context of its call
 * of `solvePow`, and all others in that of the call of `logTraces`. Undefined stops logging. Throws `ERR_QANTO_INVALID_ARGUMENT` if the
 * argument is not a logger, `ERR_QANTO_INVALID_TRACE_FILTER` if `QANTO_LOG` or `RUST_LOG` is invalid, and
 * `ERR_QANTO_NATIVE_UNAVAILABLE` if there is no native binary.
 */
export function logTraces(to: Logger | undefined): void {
  if (to !== undefined) checkLogger('logger', to);
  logger = to && labelled(to, 'pow');
  loggerContext = to && new AsyncResource('QantoTraces');
  if (logger) chooseFilter(theReceiver(), false);
}

/**
 * The number of spans and events of the native code that were dropped since this thread started, because its
 * event loop was blocked for too long. The latest 4096 are kept.
 */
export function droppedTelemetry(): number {
  return receiver?.dropped() ?? 0;
}

/**
 * Starts a job in a span. `submit` returns the number of the job. If the job is watched, its argument is the
 * receiver of the job's spans.
 */
export function startWatched(watched: WatchedJob, submit: (traces?: NativeTraceReceiver) => number): number {
  const { span } = watched;
  try {
    const traces = receiverOf(span);
    const job = submit(traces);
    if (span || traces) jobs.set(job, watched);
    return job;
  } catch (error) {
    rethrowLater(() => span?.fail(error));
    throw error;
  }
}

/** Ends the span of a settled job, after delivering all records that have been received. */
export function settleWatched(
  job: number,
  outcome: string,
  attributes: SpanAttributes,
  failure?: string,
): void {
  deliver();
  // The SDK of the host may throw. The job must settle all the same, and so must the others of this wake-up.
  rethrowLater(() => jobs.get(job)?.span?.settle(outcome, attributes, failure));
  jobs.delete(job);
}

function receiverOf(span: JobSpan | undefined): NativeTraceReceiver | undefined {
  const isRecording = span?.isRecording === true;
  if (!isRecording && !logger) return undefined;
  const own = theReceiver();
  try {
    chooseFilter(own, isRecording);
  } catch (error) {
    if (!(error instanceof TraceFilterError)) throw error;
    // The caller may not have set the variable, so this must not fail the job.
    process.emitWarning(error.message, { code: error.code });
  }
  return own;
}

/** Applies the filter of a variable, or the default, unless a filter has been set. */
function chooseFilter(own: NativeTraceReceiver, isRecording: boolean): void {
  if (isFilterChosen) return;
  const filter = variableFilter() ?? (isRecording ? DEFAULT_FILTER : undefined);
  if (!filter) return;
  isFilterChosen = true;
  applyFilter(own, filter, { unlessSet: true });
}

function theReceiver(): NativeTraceReceiver {
  if (!receiver) {
    const created = new (native().TraceReceiver)(deliver, CAPACITY);
    receiver = created;
    // Node does not clean up addons on process.exit().
    process.once('exit', () => {
      deliver();
      created.close();
    });
  }
  return receiver;
}

/** Delivers all records that have been received. */
function deliver(): void {
  const records = receiver?.drain() ?? [];
  if (!receiver || records.length === 0) return;
  const toPerformanceMs = calibrate(receiver);
  for (const record of records) {
    const job = record.job === undefined ? undefined : jobs.get(record.job);
    inContext(job?.context ?? loggerContext, () => deliverOne(record, job?.span, toPerformanceMs));
  }
  const dropped = receiver.dropped() - reportedDropped;
  if (dropped > 0) {
    inContext(loggerContext, () => logger?.warn('telemetry records were dropped', { records: dropped }));
  }
  reportedDropped += dropped;
}

/** Calls the SDK or the logger of the host, which may throw. */
function inContext(context: Context | undefined, call: () => void): void {
  if (context) context.runInAsyncScope(rethrowLater, undefined, call);
  else rethrowLater(call);
}

function deliverOne(record: TraceRecord, span: JobSpan | undefined, toPerformanceMs: ToPerformanceMs): void {
  const recording = span?.isRecording ? span : undefined;
  recording?.add(record, toPerformanceMs);
  // A span that no SDK records becomes a log line.
  if (recording && record.kind !== 'event') return;
  if (recording) recording.at(() => log(record));
  else log(record);
}

function log({ level, name, fields, startMs, endMs, busyMs }: TraceRecord): void {
  const method = level === 'error' || level === 'warn' || level === 'info' ? level : 'debug';
  logger?.[method](name, {
    ...fields,
    ...(endMs !== undefined && { elapsed_ms: endMs - startMs }),
    ...(busyMs !== undefined && { busy_ms: busyMs }),
  });
}

/**
 * Measures the offset between Rust's clock and `performance.now()`, which are both monotonic. Rust's clock is
 * read between two readings of the other, so that the error is at most half of the time between these. The
 * shortest of several measurements is exact to a microsecond, even if the thread is interrupted. The offset is
 * measured for each delivery, because on some systems only one of the clocks advances while the machine sleeps.
 */
function calibrate(from: NativeTraceReceiver): ToPerformanceMs {
  let tightestMs = Number.POSITIVE_INFINITY;
  let offsetMs = 0;
  for (let reading = 0; reading < CALIBRATIONS; reading++) {
    const before = performance.now();
    const theirs = from.nowMs();
    const tookMs = performance.now() - before;
    if (tookMs >= tightestMs) continue;
    tightestMs = tookMs;
    offsetMs = before + tookMs / 2 - theirs;
  }
  return (recordMs) => recordMs + offsetMs;
}
