/** What a host sees of qanto at work: log lines, and the spans and events of Rust. */
export type { LogFields, Logger, LogLevel } from '../logger.ts';
export { droppedTelemetry, logTraces, setTraceFilter, traceFilter } from '../tracing/index.ts';
export { LOG_FORMATS, type LogFormat } from './format.ts';
export { createLogger, type LoggerOptions, type ModuleLogger } from './logger.ts';
export * from './metrics/index.ts';
