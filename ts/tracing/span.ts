/**
 * Creates spans. If the host has registered an OpenTelemetry SDK, qanto's spans are part of the traces of the
 * host. Without an SDK, a span costs one function call.
 *
 * The types do not refer to `@opentelemetry/api`, so that the package's declarations compile without it.
 */
import type { Context } from '@opentelemetry/api';
import { rethrowLater } from '../rethrow.ts';
import { TraceClock } from './clock.ts';
import { isValid, type OpenTelemetry, openTelemetry } from './open-telemetry.ts';
import { clockOf, linkTo, placeIn, recordFailure } from './place.ts';

/** A place in a trace, to continue the trace in other code. Undefined without an SDK. */
export type TracePlace = object | undefined;

/** The attributes of a span. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** The current span, for the work inside it to add attributes. */
export interface ActiveSpan {
  isRecording(): boolean;
  setAttribute(name: string, value: string | number | boolean): unknown;
  setAttributes(attributes: SpanAttributes): unknown;
}

export interface SpanPlacement {
  /** The parent of the span. Default: the active span. */
  readonly parent?: TracePlace;
  /** Whether the span starts a new trace. Default: `false`. */
  readonly root?: boolean;
  /** Places that the span links to. */
  readonly links?: readonly TracePlace[];
}

/** The span without an SDK. */
const UNRECORDED: ActiveSpan = { isRecording: () => false, setAttribute() {}, setAttributes() {} };

/** The place of the caller. */
export function tracePlace(): TracePlace {
  return openTelemetry()?.active();
}

/**
 * Calls `work` inside a span, which ends when `work` returns, throws, or its promise settles. The attribute
 * `outcome` is `ok` unless `work` sets another value. If `work` fails, it is the code of the error.
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
  const outside = contextOf(parent) ?? api.active();
  const clock = root ? new TraceClock(undefined) : clockOf(outside);
  // The SDK calls samplers and span processors of the host, which may throw. The work must not fail because of them.
  const span = rethrowLater(() =>
    api.tracer.startSpan(
      name,
      {
        attributes: { ...attributes, outcome: 'ok' },
        startTime: clock.epochMs(),
        root,
        links: links.flatMap((place) => (place === undefined ? [] : linkTo(place as Context))),
      },
      outside,
    ),
  );
  // Without a tracer, there is no span to end and no context to set.
  if (span === undefined || !isValid(span.spanContext())) return work(span ?? UNRECORDED);
  const end = () => rethrowLater(() => span.end(clock.epochMs()));
  const fail = (error: unknown): never => {
    rethrowLater(() => recordFailure(span, error, clock));
    end();
    throw error;
  };
  let result: T;
  try {
    result = api.with(placeIn(outside, span, clock), () => work(span));
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

/** The Context of a place. */
function contextOf(place: TracePlace): Context | undefined {
  return place as Context | undefined;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as Partial<Promise<unknown>> | null | undefined)?.then === 'function';
}
