/**
 * The span of a job that threads of ours work on. What Rust saw of the job is put into it: the job's own span adds its fields,
 * the spans of the threads become its children.
 *
 * A job may outlive whoever asked for it. Whether it did is known only in the end, so a job that is asked for inside a
 * span is placed in the trace when it settles (or when the first span of a thread arrives, at trace level): if the
 * caller's span is still open, below it; if it has ended, in a trace of its own with a link to the caller's span.
 */
import type { Context, Span } from '@opentelemetry/api';
import type { TraceParent, TraceRecord } from '../native.ts';
import type { TraceClock } from './clock.ts';
import { type OpenTelemetry, openTelemetry } from './open-telemetry.ts';
import { clockOf, linkTo, placeIn, recordFailure, tracerOf } from './place.ts';
import type { SpanAttributes } from './span.ts';

/** Turns a time of a record into one of `performance.now()`. */
export type ToPerformanceMs = (recordMs: number) => number;

/** Apart from its class, so that the declarations of the package hold without `@opentelemetry/api`. */
export interface JobSpan {
  /** Whether somebody records what happens to the job. */
  readonly isRecording: boolean;
  /** Does something at the job's place in the trace. */
  at<T>(work: () => T): T;
  /** A finished span of the job, or an event in one. */
  add(record: TraceRecord, toPerformanceMs: ToPerformanceMs): void;
  /** The job was refused. */
  fail(error: unknown): void;
  /** The job has settled; all that Rust recorded of it has been added. */
  settle(outcome: string, attributes: SpanAttributes, failure?: string): void;
}

/** The span of a job; undefined without an SDK. */
export function jobSpan(name: string, attributes: SpanAttributes): JobSpan | undefined {
  const api = openTelemetry();
  return api && new ApiJobSpan(api, name, attributes);
}

class ApiJobSpan implements JobSpan {
  readonly #api: OpenTelemetry;
  readonly #name: string;
  readonly #attributes: SpanAttributes;
  readonly #caller: Context;
  readonly #clock: TraceClock;
  readonly #beganMs: number;
  /** Whether the job was asked for inside a span that was open. */
  readonly #callerWasOpen: boolean;
  readonly isRecording: boolean;
  #placed: { readonly span: Span; readonly place: Context } | undefined;
  /** Of threads, known to be open because something inside them has ended; by the number of their record. */
  readonly #open = new Map<number, Span>();

  constructor(api: OpenTelemetry, name: string, attributes: SpanAttributes) {
    this.#api = api;
    this.#name = name;
    this.#attributes = attributes;
    this.#caller = api.context.active();
    this.#clock = clockOf(api, this.#caller);
    this.#beganMs = performance.now();
    this.#callerWasOpen = api.trace.getSpan(this.#caller)?.isRecording() === true;
    this.isRecording = this.#callerWasOpen || this.#place().span.isRecording();
  }

  at<T>(work: () => T): T {
    return this.#api.context.with(this.#place().place, work);
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
    recordFailure(this.#api, span, error, this.#clock);
    span.end(this.#clock.epochMs());
  }

  settle(outcome: string, attributes: SpanAttributes, failure?: string): void {
    const { span } = this.#place();
    // The record of a thread's end was lost.
    for (const open of this.#open.values()) open.end(this.#clock.epochMs());
    this.#open.clear();
    span.setAttributes({ ...attributes, outcome });
    if (failure !== undefined) span.setStatus({ code: this.#api.SpanStatusCode.ERROR, message: failure });
    span.end(this.#clock.epochMs());
  }

  #place(): { readonly span: Span; readonly place: Context } {
    if (this.#placed) return this.#placed;
    const api = this.#api;
    const isOutlived = this.#callerWasOpen && api.trace.getSpan(this.#caller)?.isRecording() === false;
    const span = tracerOf(api).startSpan(
      this.#name,
      {
        attributes: this.#attributes,
        startTime: this.#clock.epochMs(this.#beganMs),
        root: isOutlived,
        links: isOutlived ? linkTo(api, this.#caller) : [],
      },
      this.#caller,
    );
    this.#placed = { span, place: placeIn(api, this.#caller, span, this.#clock) };
    return this.#placed;
  }

  /** The span of a thread that is still open. */
  #thread({ id, name, startMs }: TraceParent, atMs: ToPerformanceMs): Span {
    const known = this.#open.get(id);
    if (known) return known;
    const span = this.#begin(name, atMs(startMs), undefined, atMs);
    this.#open.set(id, span);
    return span;
  }

  #begin(name: string, startTime: number, parent: TraceParent | undefined, atMs: ToPerformanceMs): Span {
    const { place } = this.#place();
    const inside = parent ? this.#api.trace.setSpan(place, this.#thread(parent, atMs)) : place;
    return tracerOf(this.#api).startSpan(name, { startTime }, inside);
  }
}
