/**
 * A place in a trace: a Context of `@opentelemetry/api` that also holds the clock of a tree of qanto's spans.
 */
import type { Context, Link, Span, Tracer } from '@opentelemetry/api';
import { TraceClock } from './clock.ts';
import type { OpenTelemetry } from './open-telemetry.ts';

const CLOCK = Symbol.for('qanto clock');

/** The tracer. It is looked up for each span, because the host may replace its SDK. */
export function tracerOf({ trace }: OpenTelemetry): Tracer {
  return trace.getTracer('qanto');
}

/** The clock of the tree of qanto's spans that a place belongs to. Outside of such a tree, a new clock. */
export function clockOf({ trace }: OpenTelemetry, place: Context): TraceClock {
  return (place.getValue(CLOCK) as TraceClock | undefined) ?? new TraceClock(trace.getSpan(place));
}

/** The place inside a span, for its children. */
export function placeIn({ trace }: OpenTelemetry, parent: Context, span: Span, clock: TraceClock): Context {
  return trace.setSpan(parent, span).setValue(CLOCK, clock);
}

export function linkTo({ trace, isSpanContextValid }: OpenTelemetry, place: Context): Link[] {
  const linked = trace.getSpanContext(place);
  return linked && isSpanContextValid(linked) ? [{ context: linked }] : [];
}

export function recordFailure(
  { SpanStatusCode }: OpenTelemetry,
  span: Span,
  error: unknown,
  clock: TraceClock,
): void {
  const { code, name, message } = error instanceof Error ? (error as Error & { code?: unknown }) : {};
  span.setAttribute('outcome', typeof code === 'string' ? code : (name ?? 'error'));
  span.recordException(error instanceof Error ? error : String(error), clock.epochMs());
  span.setStatus({ code: SpanStatusCode.ERROR, message: message ?? String(error) });
}
