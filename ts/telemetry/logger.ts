import type { Writable } from 'node:stream';
import type { Logger as WinstonLogger } from 'winston';
import {
  type Fields,
  refuseUnknown,
  requireMethods,
  requireObject,
  requireOneOf,
} from '../check-arguments.ts';
import { LOG_LEVELS, type LogFields, type Logger, type LogLevel } from '../logger.ts';
import { activeTraceIds } from '../trace-ids.ts';
import { jsonLine, LOG_FORMATS, type LogEntry, type LogFormat, textLine } from './format.ts';
import { lineStream } from './line-stream.ts';
import { winston } from './winston.ts';

/** The options of {@link createLogger}. */
export interface LoggerOptions {
  /** The least severe level that is logged. Default: `info`. */
  readonly level?: LogLevel;
  /** The format. Default: `text` if the stream is a terminal, else `json`. */
  readonly format?: LogFormat | undefined;
  /**
   * The stream that lines are written to. The logger never ends it. If a write fails, its line is lost, and the
   * first failure causes a process warning with the code `QANTO_LOG_STREAM`. Default: `process.stderr`.
   */
  readonly stream?: Writable & {
    /** Whether the stream is a terminal, as in Node's `tty.WriteStream`. */
    readonly isTTY?: boolean;
  };
}

const OPTION_FIELDS: Fields<LoggerOptions> = { level: true, format: true, stream: true };

/** A logger that can create loggers for single modules. */
export interface ModuleLogger extends Logger {
  /** Creates a logger for one module. The name of the module is in each of its lines. */
  child(module: string): ModuleLogger;
}

/**
 * Creates a logger that writes each entry as one line of text or JSON. It uses winston. Lines that are logged
 * inside a span have its `traceId` and `spanId`. A field `module` has the same effect as a child logger. Logging
 * never throws, whatever the fields are: a part of a field that cannot be written is replaced by `[Circular]`, by
 * `[Throws: message]` if reading it throws, or by `[Truncated]`. A line has at most 1000 values, 8 levels of nested
 * values, 16,384 characters in each string and 131,072 in all strings of its fields. Throws
 * `ERR_QANTO_INVALID_ARGUMENT` if an option is invalid, and `ERR_QANTO_MISSING_PACKAGE` if `winston` is not
 * installed.
 */
export function createLogger(options: LoggerOptions = {}): ModuleLogger {
  requireObject('options', options);
  refuseUnknown('options', options, OPTION_FIELDS);
  const { level = 'info', stream = process.stderr } = options;
  requireMethods('options.stream', stream, ['write']);
  const { format = stream.isTTY ? 'text' : 'json' } = options;
  requireOneOf('level', level, LOG_LEVELS);
  requireOneOf('format', format, LOG_FORMATS);
  const line = format === 'json' ? jsonLine : textLine;
  const { createLogger: createWinstonLogger, format: winstonFormat, transports } = winston();
  const root = createWinstonLogger({
    level,
    levels: Object.fromEntries(LOG_LEVELS.map((name, rank) => [name, rank])),
    format: winstonFormat.printf((info) => line(info['entry'] as LogEntry, new Date())),
    transports: [new transports.Stream({ stream: lineStream(stream), eol: '\n' })],
  });
  return moduleLogger(root, undefined);
}

function moduleLogger(root: WinstonLogger, label: string | undefined): ModuleLogger {
  const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
    // The entry is one property, because winston treats some names of fields, such as `message`, specially.
    const traceIds = activeTraceIds();
    const entry: LogEntry = { level, module: moduleOf(fields) ?? label, message, fields, traceIds };
    root.log({ level, message: '', entry });
  };
  return {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    child: (name) => moduleLogger(root, name),
  };
}

function moduleOf(fields: LogFields | undefined): string | undefined {
  try {
    const module = fields?.['module'];
    return typeof module === 'string' ? module : undefined;
  } catch {
    return undefined;
  }
}
