import { openTelemetry } from './tracing/open-telemetry.ts';

/** The ids of a span, for log lines that are written inside it. */
export interface TraceIds {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
}

/** The ids of the active span. Undefined if there is no active span. */
export function activeTraceIds(): TraceIds | undefined {
  const api = openTelemetry();
  const active = api?.trace.getActiveSpan()?.spanContext();
  return api && active && api.isSpanContextValid(active)
    ? { traceId: active.traceId, spanId: active.spanId }
    : undefined;
}
