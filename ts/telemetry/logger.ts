import type { Writable } from 'node:stream';
import winston from 'winston';
import { LOG_LEVELS, type LogFields, type Logger, type LogLevel } from '../logger.ts';
import { jsonLine, type LogEntry, type LogFormat, textLine } from './format.ts';

export interface LoggerOptions {
  /** Lines below this level are dropped. */
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Where the lines go; default stderr. */
  readonly stream?: Writable;
}

/** A logger that knows which module it speaks for. */
export interface ModuleLogger extends Logger {
  /** A logger for one module; its name is on each of its lines. */
  child(module: string): ModuleLogger;
}

/** The process's logger: one line an entry, as text or as JSON. */
export function createLogger({ level, format, stream = process.stderr }: LoggerOptions): ModuleLogger {
  const line = format === 'json' ? jsonLine : textLine;
  const root = winston.createLogger({
    level,
    levels: Object.fromEntries(LOG_LEVELS.map((name, rank) => [name, rank])),
    format: winston.format.printf((info) => line(info['entry'] as LogEntry, new Date())),
    transports: [new winston.transports.Stream({ stream, eol: '\n' })],
  });
  return moduleLogger(root, undefined);
}

function moduleLogger(root: winston.Logger, module: string | undefined): ModuleLogger {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      // As one property: winston would mix fields with names of its own, such as `message`, into the line.
      const entry: LogEntry = { level, module, message, fields };
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
