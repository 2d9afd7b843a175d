/**
 * What the lower floors need of a logger. They are handed one and never choose where lines go; without one they
 * are silent.
 */
import { requireMethods } from './check-arguments.ts';
import { activeTraceIds } from './trace-ids.ts';

/** Any object with these four methods is one: a winston logger, `console`, a service's own. */
export interface Logger {
  /** What only matters when something is being looked into: each block mined, each nonce space exhausted. */
  debug(message: string, fields?: LogFields): void;
  /** What an operator wants to have seen: mining begins, blocks were pruned, the node has stopped. */
  info(message: string, fields?: LogFields): void;
  /** What went wrong and is tried again, and what to look at: a server that other machines can reach. */
  warn(message: string, fields?: LogFields): void;
  /** What went wrong for good: a pruning that failed, a request to the server that did. */
  error(message: string, fields?: LogFields): void;
}

/** The levels of a log line, from the gravest down; each is a method of {@link Logger}. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
/** One of {@link LOG_LEVELS}. A logger set to a level drops what is less grave. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * What goes with a message, for machines to read: hashes, counts, durations with their unit in the name. `module`
 * names the part of qanto that speaks; inside a span there are `traceId` and `spanId`; an `error` is the Error
 * itself.
 */
export type LogFields = Readonly<Record<string, unknown>>;

const ignore = () => {};

/** Drops every line. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** Throws `ERR_QANTO_INVALID_ARGUMENT` unless it has the four methods. */
export function checkLogger(argument: string, logger: unknown): asserts logger is Logger {
  requireMethods(argument, logger, LOG_LEVELS);
}

/**
 * The logger as one part of qanto uses it: each line's fields name the module and, inside a span, its `traceId` and
 * `spanId`. A logger that throws must not take down what only wanted to say something: its error surfaces as uncaught.
 */
export function labelled(logger: Logger, module: string): Logger {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      try {
        logger[level](message, { ...fields, module, ...activeTraceIds() });
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}
