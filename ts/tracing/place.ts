/**
 * A place in a trace: a Context of OpenTelemetry that also holds the clock of a tree of qanto's spans.
 */
import type { Context, Link, Span } from '@opentelemetry/api';
import { TraceClock } from './clock.ts';
import { ERROR_STATUS, isValid, spanOf, withSpanIn } from './open-telemetry.ts';

const CLOCK = Symbol.for('qanto clock');

/** The clock of the tree of qanto's spans that a place belongs to. Outside of such a tree, a new clock. */
export function clockOf(place: Context): TraceClock {
  return (place.getValue(CLOCK) as TraceClock | undefined) ?? new TraceClock(spanOf(place));
}

/** The place inside a span, for its children. */
export function placeIn(parent: Context, span: Span, clock: TraceClock): Context {
  return withSpanIn(parent, span).setValue(CLOCK, clock);
}

export function linkTo(place: Context): Link[] {
  const linked = spanOf(place)?.spanContext();
  return linked && isValid(linked) ? [{ context: linked }] : [];
}

export function recordFailure(span: Span, error: unknown, clock: TraceClock): void {
  const { code, name, message } = error instanceof Error ? (error as Error & { code?: unknown }) : {};
  span.setAttribute('outcome', typeof code === 'string' ? code : (name ?? 'error'));
  span.recordException(error instanceof Error ? error : String(error), clock.epochMs());
  span.setStatus({ code: ERROR_STATUS, message: message ?? String(error) });
}
