/** What a running node says about itself. */
export { LOG_FORMATS, type LogFormat } from './format.ts';
export { createLogger, type LoggerOptions, type ModuleLogger } from './logger.ts';
export * from './metrics/index.ts';
