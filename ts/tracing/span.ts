/**
 * Spans, as all of qanto's code makes them. They go through `@opentelemetry/api`: a host that has set up its SDK gets
 * them in its own traces, and without one a span is a function call.
 *
 * The types of this file are our own, so that the declarations of the package hold without `@opentelemetry/api`.
 */
import type { Context } from '@opentelemetry/api';
import { TraceClock } from './clock.ts';
import { type OpenTelemetry, openTelemetry } from './open-telemetry.ts';
import { clockOf, linkTo, placeIn, recordFailure, tracerOf } from './place.ts';

/** Where in a trace the code is; to be handed to work that is done for it elsewhere. Undefined without an SDK. */
export type TracePlace = object | undefined;

/** What is said of a span. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** A span, for the work inside it to say more of itself. */
export interface ActiveSpan {
  isRecording(): boolean;
  setAttribute(name: string, value: string | number | boolean): unknown;
  setAttributes(attributes: SpanAttributes): unknown;
}

export interface SpanPlacement {
  /** What the span is a part of. Default: where the caller is. */
  readonly parent?: TracePlace;
  /** Begin a trace of its own. */
  readonly root?: boolean;
  /** Other places the span has to do with. */
  readonly links?: readonly TracePlace[];
}

/** The span of those whom nobody traces. */
const UNRECORDED: ActiveSpan = { isRecording: () => false, setAttribute() {}, setAttributes() {} };

/** Where the caller is. */
export function tracePlace(): TracePlace {
  return openTelemetry()?.context.active();
}

/**
 * Does the work inside a span that ends when it returns, throws, or its promise settles. Its attribute `outcome` is `ok`
 * unless the work sets another, or the code of the error the work ends with.
 */
export function withSpan<T>(
  name: string,
  attributes: SpanAttributes,
  work: (span: ActiveSpan) => T,
  placement: SpanPlacement = {},
): T {
  const api = openTelemetry();
  return api ? inSpan(api, name, attributes, work, placement) : work(UNRECORDED);
}

function inSpan<T>(
  api: OpenTelemetry,
  name: string,
  attributes: SpanAttributes,
  work: (span: ActiveSpan) => T,
  { parent, root = false, links = [] }: SpanPlacement,
): T {
  const { context, isSpanContextValid } = api;
  const outside = contextOf(parent) ?? context.active();
  const clock = root ? new TraceClock(undefined) : clockOf(api, outside);
  const span = tracerOf(api).startSpan(
    name,
    {
      attributes: { ...attributes, outcome: 'ok' },
      startTime: clock.epochMs(),
      root,
      links: links.flatMap((place) => linkTo(api, contextOf(place) ?? api.ROOT_CONTEXT)),
    },
    outside,
  );
  // Without a tracer there is nothing to end, and nobody who could ask where we are.
  if (!isSpanContextValid(span.spanContext())) return work(span);
  const end = () => span.end(clock.epochMs());
  const fail = (error: unknown): never => {
    recordFailure(api, span, error, clock);
    end();
    throw error;
  };
  let result: T;
  try {
    result = context.with(placeIn(api, outside, span, clock), () => work(span));
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

/** What a place is to the API. */
function contextOf(place: TracePlace): Context | undefined {
  return place as Context | undefined;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as Partial<Promise<unknown>> | null | undefined)?.then === 'function';
}
