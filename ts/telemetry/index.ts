/**
 * Telemetry: log lines, the spans and events of the native code, and Prometheus metrics. docs/telemetry.md and
 * docs/metrics.md describe them.
 *
 * @module qanto/telemetry
 */
export {
  InvalidArgumentError,
  MissingPackageError,
  NativeUnavailableError,
  QantoError,
  TraceFilterError,
} from '../errors.ts';
export { LOG_LEVELS, type LogFields, type Logger, type LogLevel } from '../logger.ts';
export { droppedTelemetry, logTraces, setTraceFilter, traceFilter } from '../tracing/index.ts';
export { LOG_FORMATS, type LogFormat } from './format.ts';
export { createLogger, type LoggerOptions, type ModuleLogger } from './logger.ts';
export * from './metrics/index.ts';
