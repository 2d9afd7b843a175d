/**
 * Tracing: creates the spans of TypeScript and adds those of Rust to them. `qanto/telemetry` exports its public
 * part.
 */
export {
  droppedTelemetry,
  logTraces,
  setTraceFilter,
  settleWatched,
  startWatched,
  traceFilter,
} from './bridge.ts';
export { FILTER_VARIABLES } from './filter.ts';
export { jobSpan } from './job-span.ts';
export { type ActiveSpan, type SpanPlacement, type TracePlace, tracePlace, withSpan } from './span.ts';
