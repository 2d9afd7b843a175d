/**
 * The logger that the library uses. The caller passes one and so decides where log lines go. Without a logger,
 * the library writes no log lines.
 */
import { requireMethods } from './check-arguments.ts';
import { rethrowLater } from './rethrow.ts';
import { activeTraceIds } from './trace-ids.ts';

/** An object with these four methods, such as a winston logger, `console`, or a logger of the host. */
export interface Logger {
  /** Details for debugging, such as each mined block and each exhausted nonce space. */
  debug(message: string, fields?: LogFields): void;
  /** Normal events that an operator should know of: mining starts, blocks were pruned, the node has stopped. */
  info(message: string, fields?: LogFields): void;
  /** Failures that are retried, and risks, such as a server that other machines can reach. */
  warn(message: string, fields?: LogFields): void;
  /** Failures that are not retried, such as a failed pruning or a failed request to the server. */
  error(message: string, fields?: LogFields): void;
}

/** The levels of a log line, the most severe first. Each is the name of a method of {@link Logger}. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
/** One of {@link LOG_LEVELS}. A logger with a level drops the lines of less severe levels. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * The machine-readable part of a log line: hashes, counts, and durations with their unit in the name. `module`
 * is the part of qanto that wrote the line. Lines that are logged inside a span have `traceId` and `spanId`.
 * `error` is an Error object.
 */
export type LogFields = Readonly<Record<string, unknown>>;

const ignore = () => {};

/** A logger that drops every line. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** Throws `ERR_QANTO_INVALID_ARGUMENT` if the logger lacks one of the four methods. */
export function checkLogger(argument: string, logger: unknown): asserts logger is Logger {
  requireMethods(argument, logger, LOG_LEVELS);
}

/**
 * Wraps a logger for one part of qanto. It adds the module and, inside a span, `traceId` and `spanId` to the
 * fields of each line. An error that the logger throws does not reach the caller. It becomes an uncaught
 * exception.
 */
export function labelled(logger: Logger, module: string): Logger {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      rethrowLater(() => logger[level](message, { ...fields, module, ...activeTraceIds() }));
    };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}
