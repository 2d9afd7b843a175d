/**
 * The span of a job that runs on the hashing threads. Rust's records of the job are added to it: the fields of
 * Rust's own span of the job become its attributes, and the spans of the threads become its children.
 *
 * A job may outlive the span in which it was started. A job that is started inside a span is therefore placed
 * in the trace only when it settles, or at trace level when the first span of a thread arrives. If the caller's
 * span is still open, it becomes the parent. Otherwise, the job gets a trace of its own with a link to the
 * caller's span.
 */
import type { Context, Span } from '@opentelemetry/api';
import type { TraceParent, TraceRecord } from '../native.ts';
import { rethrowLater } from '../rethrow.ts';
import type { TraceClock } from './clock.ts';
import { ERROR_STATUS, type OpenTelemetry, openTelemetry, spanOf, withSpanIn } from './open-telemetry.ts';
import { clockOf, linkTo, placeIn, recordFailure } from './place.ts';
import type { SpanAttributes } from './span.ts';

/** Converts a time of Rust's clock to a time of `performance.now()`. */
export type ToPerformanceMs = (recordMs: number) => number;

/** The span of a job. It is an interface, so that the package's declarations compile without `@opentelemetry/api`. */
export interface JobSpan {
  /** Whether an SDK records the span. */
  readonly isRecording: boolean;
  /** Calls `work` with the span as the active span. */
  at<T>(work: () => T): T;
  /** Adds a finished span of Rust, or an event. */
  add(record: TraceRecord, toPerformanceMs: ToPerformanceMs): void;
  /** Ends the span of a job that was refused. */
  fail(error: unknown): void;
  /** Ends the span of a settled job, after all records of Rust have been added. */
  settle(outcome: string, attributes: SpanAttributes, failure?: string): void;
}

/** Creates the span of a job. Returns undefined if there is no SDK, or if it throws. */
export function jobSpan(name: string, attributes: SpanAttributes): JobSpan | undefined {
  const api = openTelemetry();
  return api && rethrowLater(() => new ApiJobSpan(api, name, attributes));
}

class ApiJobSpan implements JobSpan {
  readonly #api: OpenTelemetry;
  readonly #name: string;
  readonly #attributes: SpanAttributes;
  readonly #caller: Context;
  readonly #clock: TraceClock;
  readonly #beganMs: number;
  /** Whether the job was started inside an open span. */
  readonly #callerWasOpen: boolean;
  readonly isRecording: boolean;
  #placed: { readonly span: Span; readonly place: Context } | undefined;
  /** The open spans of threads that already have a child or an event, by the number of their record. */
  readonly #open = new Map<number, Span>();

  constructor(api: OpenTelemetry, name: string, attributes: SpanAttributes) {
    this.#api = api;
    this.#name = name;
    this.#attributes = attributes;
    this.#caller = api.active();
    this.#clock = clockOf(this.#caller);
    this.#beganMs = performance.now();
    this.#callerWasOpen = spanOf(this.#caller)?.isRecording() === true;
    this.isRecording = this.#callerWasOpen || this.#place().span.isRecording();
  }

  at<T>(work: () => T): T {
    return this.#api.with(this.#place().place, work);
  }

  add(record: TraceRecord, toPerformanceMs: ToPerformanceMs): void {
    const { span } = this.#place();
    const atMs = (recordMs: number) => this.#clock.epochMs(toPerformanceMs(recordMs));
    const { kind, name, parent, fields, startMs, endMs = startMs, busyMs } = record;
    if (kind === 'job') {
      span.setAttributes(fields);
    } else if (kind === 'event') {
      const where = parent ? this.#thread(parent, atMs) : span;
      where.addEvent(name, fields, atMs(startMs));
    } else {
      const own = this.#open.get(record.id ?? 0) ?? this.#begin(name, atMs(startMs), parent, atMs);
      this.#open.delete(record.id ?? 0);
      own.setAttributes({ ...fields, ...(busyMs !== undefined && { busy_ms: busyMs }) });
      own.end(atMs(endMs));
    }
  }

  fail(error: unknown): void {
    const { span } = this.#place();
    recordFailure(span, error, this.#clock);
    span.end(this.#clock.epochMs());
  }

  settle(outcome: string, attributes: SpanAttributes, failure?: string): void {
    const { span } = this.#place();
    // The final records of these threads were dropped.
    for (const open of this.#open.values()) open.end(this.#clock.epochMs());
    this.#open.clear();
    span.setAttributes({ ...attributes, outcome });
    if (failure !== undefined) span.setStatus({ code: ERROR_STATUS, message: failure });
    span.end(this.#clock.epochMs());
  }

  #place(): { readonly span: Span; readonly place: Context } {
    if (this.#placed) return this.#placed;
    const isOutlived = this.#callerWasOpen && spanOf(this.#caller)?.isRecording() === false;
    const span = this.#api.tracer.startSpan(
      this.#name,
      {
        attributes: this.#attributes,
        startTime: this.#clock.epochMs(this.#beganMs),
        root: isOutlived,
        links: isOutlived ? linkTo(this.#caller) : [],
      },
      this.#caller,
    );
    this.#placed = { span, place: placeIn(this.#caller, span, this.#clock) };
    return this.#placed;
  }

  /** Returns the open span of a thread. Creates it if necessary. */
  #thread({ id, name, startMs }: TraceParent, atMs: ToPerformanceMs): Span {
    const known = this.#open.get(id);
    if (known) return known;
    const span = this.#begin(name, atMs(startMs), undefined, atMs);
    this.#open.set(id, span);
    return span;
  }

  #begin(name: string, startTime: number, parent: TraceParent | undefined, atMs: ToPerformanceMs): Span {
    const { place } = this.#place();
    const inside = parent ? withSpanIn(place, this.#thread(parent, atMs)) : place;
    return this.#api.tracer.startSpan(name, { startTime }, inside);
  }
}
