/**
 * Tracing: the spans that TypeScript makes, and how those of Rust get into them. What a host needs of it is in
 * `qanto/telemetry`.
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
