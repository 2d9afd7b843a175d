import { isValid, openTelemetry, spanOf } from './tracing/open-telemetry.ts';

/** The ids of a span, for log lines that are written inside it. */
export interface TraceIds {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
}

/** The ids of the active span. Undefined if there is no active span. */
export function activeTraceIds(): TraceIds | undefined {
  const place = openTelemetry()?.active();
  const active = place && spanOf(place)?.spanContext();
  return active && isValid(active) ? { traceId: active.traceId, spanId: active.spanId } : undefined;
}
