import { QantoError } from 'qanto';
import { describeValue } from 'qanto/internal';

/** `ERR_QANTO_INVALID_CONFIG`: the command line's configuration holds a value that cannot be. Nothing was started. */
export class ConfigError extends QantoError {
  /** Dotted key, such as `miner.threads`. */
  readonly key: string;
  /** The value as it was read from its source. */
  readonly value: unknown;
  /** Where the value came from, such as `flag --threads` or `file qanto.config.json`. */
  readonly source: string;

  /** `expected` says what would be right, and ends the message. */
  constructor(key: string, value: unknown, source: string, expected: string) {
    super('ERR_QANTO_INVALID_CONFIG', `${key} = ${describeValue(value)} (from ${source}): ${expected}`);
    this.key = key;
    this.value = value;
    this.source = source;
  }
}
