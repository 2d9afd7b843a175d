/**
 * This environment's end of the bridge from Rust. Nothing is received, and no subscriber installed, before a job runs that
 * somebody watches: one inside a recording span, or any once there is a logger.
 */
import { mustBe, TraceFilterError } from '../errors.ts';
import { checkLogger, type Logger, labelled } from '../logger.ts';
import { type NativeTraceReceiver, native, type TraceRecord } from '../native.ts';
import { applyFilter, variableFilter } from './filter.ts';
import type { JobSpan, ToPerformanceMs } from './job-span.ts';
import type { SpanAttributes } from './span.ts';

/** Records kept while the event loop is busy: the spans of a thousand small jobs, in about 2 MB. */
const CAPACITY = 4096;
/** Readings of the clocks, of which the tightest counts. */
const CALIBRATIONS = 5;
/** What is recorded of a job inside a recording span when nobody has chosen anything. */
const DEFAULT_FILTER = { directives: 'info', source: 'default' };

let receiver: NativeTraceReceiver | undefined;
let logger: Logger | undefined;
let isFilterChosen = false;
let toldDropped = 0;
const jobs = new Map<number, JobSpan>();

/**
 * Says which spans and events of Rust are recorded, from now on and in all workers: directives such as `info`, `off` or
 * `qanto_pow=trace`, in the syntax of `RUST_LOG`. Undefined leaves it again to `QANTO_LOG`, `RUST_LOG` and the default:
 * `info` for jobs inside a recording span. Throws `ERR_QANTO_INVALID_TRACE_FILTER`, and `ERR_QANTO_NATIVE_UNAVAILABLE`.
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
 * The filter that is in force, in the whole process; undefined before anybody has chosen one. Throws
 * `ERR_QANTO_NATIVE_UNAVAILABLE`.
 */
export function traceFilter(): string | undefined {
  return theReceiver().filter() ?? undefined;
}

/**
 * Rust's events, and those of its spans that no OpenTelemetry SDK records, become lines of this logger; undefined
 * ends that. The filter decides which there are. A `QANTO_LOG` or `RUST_LOG` that cannot be is refused here, with
 * `ERR_QANTO_INVALID_TRACE_FILTER`, and what is no logger with `ERR_QANTO_INVALID_ARGUMENT`.
 */
export function logTraces(to: Logger | undefined): void {
  if (to !== undefined) checkLogger('logger', to);
  logger = to && labelled(to, 'pow');
  if (logger) chooseFilter(theReceiver(), false);
}

/**
 * Spans and events of Rust that were lost because the event loop of this thread did not come round in time: it keeps
 * the latest 4096. A counter, since the thread began.
 */
export function droppedTelemetry(): number {
  return receiver?.dropped() ?? 0;
}

/** Starts a job in a span. `submit` is given what takes in the job's spans, if anybody watches it, and returns its number. */
export function startWatched(
  span: JobSpan | undefined,
  submit: (traces?: NativeTraceReceiver) => number,
): number {
  try {
    const job = submit(receiverOf(span));
    if (span) jobs.set(job, span);
    return job;
  } catch (error) {
    span?.fail(error);
    throw error;
  }
}

/** The job has settled. What is received before this call and not delivered yet is delivered first. */
export function settleWatched(
  job: number,
  outcome: string,
  attributes: SpanAttributes,
  failure?: string,
): void {
  deliver();
  jobs.get(job)?.settle(outcome, attributes, failure);
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
    // Whoever set the variable need not be who called: no reason to refuse the job.
    process.emitWarning(error.message, { code: error.code });
  }
  return own;
}

/** Makes the choice that nobody has made. */
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
    // Node runs no environment cleanup on process.exit().
    process.once('exit', () => {
      deliver();
      created.close();
    });
  }
  return receiver;
}

/** Hands out everything that has been received. */
function deliver(): void {
  const records = receiver?.drain() ?? [];
  if (!receiver || records.length === 0) return;
  const toPerformanceMs = calibrate(receiver);
  for (const record of records) {
    try {
      deliverOne(record, toPerformanceMs);
    } catch (error) {
      // A bug of the host's SDK: it surfaces as such, and jobs go on.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
  const dropped = receiver.dropped();
  if (dropped > toldDropped) logger?.warn('telemetry dropped', { records: dropped - toldDropped });
  toldDropped = dropped;
}

function deliverOne(record: TraceRecord, toPerformanceMs: ToPerformanceMs): void {
  const span = record.job === undefined ? undefined : jobs.get(record.job);
  const recording = span?.isRecording ? span : undefined;
  recording?.add(record, toPerformanceMs);
  // What nobody keeps as a span is a line.
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
 * Both clocks are monotonic and count from somewhere of their own. Asked one inside the other, they differ by at most half
 * of what the asking took; the tightest of a few readings is good to a microsecond, also when the thread is interrupted.
 * Done anew for each delivery, since on some systems only one of them goes on while the machine sleeps.
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
