import type { LogFields } from '../logger.ts';

/**
 * The formats of log lines. `text` is for people: `<ISO time> <level> <module>: <message> name=value …`. `json`
 * is for programs: one JSON object with `time` (ISO 8601, UTC), `level`, `module`, `message` and the fields. In
 * JSON, a bigint is a string of decimal digits, and an error is an object with `name`, `code`, `message` and
 * `stack`.
 */
export const LOG_FORMATS = ['text', 'json'] as const;
/** One of {@link LOG_FORMATS}. */
export type LogFormat = (typeof LOG_FORMATS)[number];

/** A log line before it is formatted. */
export interface LogEntry {
  readonly level: string;
  readonly module: string | undefined;
  readonly message: string;
  readonly fields: LogFields;
}

export type LineFormat = (entry: LogEntry, time: Date) => string;

/** Formats a line as text, such as `2026-01-31T12:00:00.000Z info  miner: circuit closed from=half-open`. */
export const textLine: LineFormat = ({ level, module, message, fields }, time) => {
  const where = module === undefined ? '' : `${module}: `;
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${textValue(value)}`);
  return `${time.toISOString()} ${level.padEnd(5)} ${where}${message}${pairs.join('')}`;
};

/** Formats a line as a JSON object. Fields named time, level, module or message are dropped. */
export const jsonLine: LineFormat = ({ level, module, message, fields }, time) => {
  const fixed = { time: time.toISOString(), level, module, message };
  return JSON.stringify({ ...fixed, ...fields, ...fixed }, (_name, value: unknown) => plainValue(value));
};

function textValue(value: unknown): string {
  if (typeof value === 'string') return /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value);
  if (value instanceof Error) {
    const code = codeOf(value);
    return JSON.stringify(code === undefined ? value.message : `${code}: ${value.message}`);
  }
  return typeof value === 'object'
    ? JSON.stringify(value, (_name, part: unknown) => plainValue(part))
    : String(value);
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error) {
    return { name: value.name, code: codeOf(value), message: value.message, stack: value.stack };
  }
  return value;
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : undefined;
}
