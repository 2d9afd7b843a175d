import { QantoError } from 'qanto';
import { describeValue, shownName } from 'qanto/internal';

/** `ERR_QANTO_INVALID_CONFIG`: a configuration value is invalid. Nothing was started. */
export class ConfigError extends QantoError {
  /** Dotted key, such as `miner.threads`. */
  readonly key: string;
  /** The value as read from its source. Undefined if the key does not exist, because its value may be a secret. */
  readonly value: unknown;
  /** The source of the value, such as `flag --threads` or `file qanto.config.json`. */
  readonly source: string;

  /** `expected` describes a valid value and ends the message. */
  constructor(key: string, value: unknown, source: string, expected: string) {
    const given = value === undefined ? '' : ` = ${describeValue(value)}`;
    super('ERR_QANTO_INVALID_CONFIG', `${shownName(key)}${given} (from ${source}): ${expected}`);
    this.key = key;
    this.value = value;
    this.source = source;
  }
}
