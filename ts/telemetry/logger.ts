import type { Writable } from 'node:stream';
import type { Logger as WinstonLogger } from 'winston';
import { type Fields, refuseUnknown, requireMethods, requireObject } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { LOG_LEVELS, type LogFields, type Logger, type LogLevel } from '../logger.ts';
import { activeTraceIds } from '../trace-ids.ts';
import { jsonLine, type LogEntry, type LogFormat, textLine } from './format.ts';
import { winston } from './winston.ts';

/** What {@link createLogger} writes, how and where. */
export interface LoggerOptions {
  /** Lines below this level are dropped. Default `info`. */
  readonly level?: LogLevel;
  /** Default: `text` for a terminal, else `json`. */
  readonly format?: LogFormat | undefined;
  /** Where the lines go; default stderr. It stays the caller's: nothing here ends it. */
  readonly stream?: Writable & {
    /** Whether it is a terminal, as Node's own streams say. */
    readonly isTTY?: boolean;
  };
}

const OPTION_FIELDS: Fields<LoggerOptions> = { level: true, format: true, stream: true };

/** A logger that knows which module it speaks for. */
export interface ModuleLogger extends Logger {
  /** A logger for one module; its name is on each of its lines. */
  child(module: string): ModuleLogger;
}

/**
 * A logger through winston: one line an entry, as text or as JSON. Lines that are logged inside a span carry its `traceId`
 * and `spanId`. A field `module` labels its line as a child logger would. Throws `ERR_QANTO_INVALID_ARGUMENT` for a level, a format
 * or a stream that is none, and `ERR_QANTO_MISSING_PACKAGE` when `winston` is not installed.
 */
export function createLogger(options: LoggerOptions = {}): ModuleLogger {
  requireObject('options', options);
  refuseUnknown('options', options, OPTION_FIELDS);
  const { level = 'info', stream = process.stderr } = options;
  requireMethods('options.stream', stream, ['write']);
  const { format = stream.isTTY ? 'text' : 'json' } = options;
  checkOneOf('level', level, LOG_LEVELS);
  checkOneOf('format', format, ['text', 'json'] satisfies LogFormat[]);
  const line = format === 'json' ? jsonLine : textLine;
  const { createLogger: createWinstonLogger, format: winstonFormat, transports } = winston();
  const root = createWinstonLogger({
    level,
    levels: Object.fromEntries(LOG_LEVELS.map((name, rank) => [name, rank])),
    format: winstonFormat.printf((info) => line(info['entry'] as LogEntry, new Date())),
    transports: [new transports.Stream({ stream, eol: '\n' })],
  });
  return moduleLogger(root, undefined);
}

function checkOneOf(argument: string, value: string, known: readonly string[]): void {
  if (!known.includes(value)) throw mustBe(argument, value, `one of ${known.join(', ')}`);
}

function moduleLogger(root: WinstonLogger, label: string | undefined): ModuleLogger {
  const at =
    (level: LogLevel) =>
    (message: string, { module, ...fields }: LogFields = {}) => {
      // As one property: winston would mix fields with names of its own, such as `message`, into the line.
      const entry: LogEntry = {
        level,
        module: typeof module === 'string' ? module : label,
        message,
        fields: { ...fields, ...activeTraceIds() },
      };
      root.log({ level, message, entry });
    };
  return {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    child: (name) => moduleLogger(root, name),
  };
}
