/**
 * Spans, as all of qanto's code makes them. They go through `@opentelemetry/api`: a host that has set up its SDK gets
 * them in its own traces, and without one a span is a function call.
 */
import {
  type Attributes,
  type Context,
  context,
  createContextKey,
  isSpanContextValid,
  type Link,
  type Span,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { TraceClock } from './clock.ts';

/** Where in a trace the code is; to be handed to work that is done for it elsewhere. */
export type TracePlace = Context;

export interface SpanPlacement {
  /** What the span is a part of. Default: where the caller is. */
  readonly parent?: TracePlace;
  /** Begin a trace of its own. */
  readonly root?: boolean;
  /** Other places the span has to do with. */
  readonly links?: readonly TracePlace[];
}

const CLOCK = createContextKey('qanto clock');

/** Where the caller is. */
export function tracePlace(): TracePlace {
  return context.active();
}

/** Finds the host's SDK also when that is registered later. */
export const tracer: Tracer = trace.getTracer('qanto');

/**
 * Does the work inside a span that ends when it returns, throws, or its promise settles. Its attribute `outcome` is `ok`
 * unless the work sets another, or the code of the error the work ends with.
 */
export function withSpan<T>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => T,
  { parent = context.active(), root = false, links = [] }: SpanPlacement = {},
): T {
  const clock = root ? new TraceClock(undefined) : clockOf(parent);
  const span = tracer.startSpan(
    name,
    {
      attributes: { ...attributes, outcome: 'ok' },
      startTime: clock.epochMs(),
      root,
      links: links.flatMap(linkTo),
    },
    parent,
  );
  // Without an SDK there is nothing to end, and nobody who could ask where we are.
  if (!isSpanContextValid(span.spanContext())) return work(span);
  const end = () => span.end(clock.epochMs());
  const fail = (error: unknown): never => {
    recordFailure(span, error, clock);
    end();
    throw error;
  };
  let result: T;
  try {
    result = context.with(placeIn(parent, span, clock), () => work(span));
  } catch (error) {
    return fail(error);
  }
  if (!isPromise(result)) {
    end();
    return result;
  }
  const ended = result.then((value) => {
    end();
    return value;
  }, fail);
  return ended as T;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as Partial<Promise<unknown>> | null | undefined)?.then === 'function';
}

/** The clock of the tree of our spans that a place belongs to; a new one outside of any. */
export function clockOf(place: TracePlace): TraceClock {
  return (place.getValue(CLOCK) as TraceClock | undefined) ?? new TraceClock(trace.getSpan(place));
}

/** The place inside a span. */
export function placeIn(parent: TracePlace, span: Span, clock: TraceClock): TracePlace {
  return trace.setSpan(parent, span).setValue(CLOCK, clock);
}

export function linkTo(place: TracePlace): Link[] {
  const linked = trace.getSpanContext(place);
  return linked && isSpanContextValid(linked) ? [{ context: linked }] : [];
}

export function recordFailure(span: Span, error: unknown, clock: TraceClock): void {
  const { code, name, message } = error instanceof Error ? (error as Error & { code?: unknown }) : {};
  span.setAttribute('outcome', typeof code === 'string' ? code : (name ?? 'error'));
  span.recordException(error instanceof Error ? error : String(error), clock.epochMs());
  span.setStatus({ code: SpanStatusCode.ERROR, message: message ?? String(error) });
}
