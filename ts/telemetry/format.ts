import {
  boundedEntries,
  boundedJson,
  boundedText,
  type Entry,
  isError,
  membersOf,
  quoted,
} from '../bounded-json.ts';
import type { LogFields } from '../logger.ts';
import { printable } from '../printable.ts';
import type { TraceIds } from '../trace-ids.ts';

/**
 * The formats of log lines. `text` is for people: `<ISO time> <level> <module>: <message> name=value …`. `json`
 * is for programs: one JSON object with `time` (ISO 8601, UTC), `level`, `module`, `message` and the fields. In
 * JSON, a bigint is a string of decimal digits, a byte array is a string of hex digits, and an error is an object
 * with `name`, `code`, `message`, `stack`, `cause` and `errors`. In both, control characters and characters that
 * reorder text are written as `\uXXXX`.
 */
export const LOG_FORMATS = ['text', 'json'] as const;
/** One of {@link LOG_FORMATS}. */
export type LogFormat = (typeof LOG_FORMATS)[number];

/** A log line before it is formatted. The fields are those of the caller, and reading them may throw. */
export interface LogEntry {
  readonly level: string;
  readonly module: string | undefined;
  readonly message: unknown;
  readonly fields: LogFields | undefined;
  readonly traceIds: TraceIds | undefined;
}

export type LineFormat = (entry: LogEntry, time: Date) => string;

/** The module has its own place in a line. */
const TEXT_WITHOUT = new Set(['module']);
const JSON_WITHOUT = new Set(['time', 'level', 'module', 'message']);
const TRACE_IDS = ['traceId', 'spanId'];
/** A value that is written without quotation marks. */
const PLAIN = /^"[\w.:/@+-]+"$/;

/** Formats a line as text, such as `2026-01-31T12:00:00.000Z info  miner: circuit closed from=half-open`. */
export const textLine: LineFormat = (entry, time) => {
  const { level, module, message } = entry;
  const where = module === undefined ? '' : `${printable(boundedText(module))}: `;
  const pairs = entriesOf(entry, TEXT_WITHOUT, textForm).map(
    ([name, json]) => ` ${unquoted(quoted(name))}=${unquoted(json)}`,
  );
  return `${time.toISOString()} ${level.padEnd(5)} ${where}${printable(messageText(message))}${pairs.join('')}`;
};

/** Formats a line as a JSON object. Fields named time, level, module or message are dropped. */
export const jsonLine: LineFormat = (entry, time) => {
  const { level, module, message } = entry;
  const fixed: Entry[] = [
    ['time', quoted(time.toISOString())],
    ['level', quoted(level)],
    ...(module === undefined ? [] : [['module', quoted(boundedText(module))] as const]),
    ['message', quoted(messageText(message))],
  ];
  return `{${membersOf([...fixed, ...entriesOf(entry, JSON_WITHOUT, (value) => value)])}}`;
};

/** The fields, followed by the ids of the span. */
function entriesOf(
  { fields, traceIds }: LogEntry,
  without: ReadonlySet<string>,
  replace: (value: unknown) => unknown,
): Entry[] {
  const object = asObject(fields);
  if (!traceIds) return boundedEntries(object, without, replace);
  return [
    ...boundedEntries(object, new Set([...without, ...TRACE_IDS]), replace),
    ['traceId', quoted(traceIds.traceId)],
    ['spanId', quoted(traceIds.spanId)],
  ];
}

/** Callers that are not type-checked may pass anything. Many pass an error, whose own properties say little. */
function asObject(fields: unknown): object {
  if (fields === undefined || fields === null) return {};
  try {
    if (isError(fields)) return { error: fields };
    if (Array.isArray(fields)) return { fields };
  } catch {
    // A revoked proxy is neither. Its entry says so.
  }
  return typeof fields === 'object' ? fields : { fields };
}

/** What stands for a field in a line of text: for an error its code and its message, without its stack. */
function textForm(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (!isError(value)) return value;
  const text = value.message || value.name;
  const { code } = value as { readonly code?: unknown };
  return code === undefined ? text : `${String(code)}: ${text}`;
}

/** The message, which may be any value, because callers may not be type-checked. */
function messageText(message: unknown): string {
  return typeof message === 'string' ? boundedText(message) : (boundedJson(message) ?? typeof message);
}

function unquoted(json: string): string {
  return PLAIN.test(json) ? json.slice(1, -1) : json;
}
