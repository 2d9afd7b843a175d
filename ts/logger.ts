/**
 * What the lower floors need of a logger. They are handed one and never choose where lines go; without one they
 * are silent.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** From the gravest down. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What goes with a message, for machines to read: hashes, counts, durations with their unit in the name. */
export type LogFields = Readonly<Record<string, unknown>>;

const ignore = () => {};

/** Drops every line. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
