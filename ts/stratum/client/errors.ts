import { QantoError } from '../../errors.ts';

/** The codes of a {@link StratumClientError}. */
export type StratumClientErrorCode =
  | 'ERR_QANTO_STRATUM_LOST'
  | 'ERR_QANTO_STRATUM_PROTOCOL'
  | 'ERR_QANTO_STRATUM_SILENT'
  | 'ERR_QANTO_STRATUM_UNAUTHORIZED';

/** Why a connection has ended. */
export type StratumClientFailure = 'lost' | 'protocol' | 'silent' | 'unauthorized';

/**
 * A connection to a Stratum server has ended: `ERR_QANTO_STRATUM_LOST` if it could not be made, or was closed;
 * `ERR_QANTO_STRATUM_SILENT` if the server has sent nothing for too long; `ERR_QANTO_STRATUM_PROTOCOL` if it sent
 * what is not Stratum v1; `ERR_QANTO_STRATUM_UNAUTHORIZED` if it refuses the user.
 */
export class StratumClientError extends QantoError {
  /** One of the four codes. */
  declare readonly code: StratumClientErrorCode;
  /** The URL of the server. */
  readonly url: string;
  /** Whether another try would fail as well, so that the client ends. */
  readonly final: boolean;

  /** The failure leads to the code. The message is `url`, followed by `problem`. */
  constructor(
    failure: StratumClientFailure,
    url: string,
    problem: string,
    { final = false, cause }: { readonly final?: boolean; readonly cause?: unknown } = {},
  ) {
    super(
      failure === 'lost'
        ? 'ERR_QANTO_STRATUM_LOST'
        : failure === 'silent'
          ? 'ERR_QANTO_STRATUM_SILENT'
          : failure === 'protocol'
            ? 'ERR_QANTO_STRATUM_PROTOCOL'
            : 'ERR_QANTO_STRATUM_UNAUTHORIZED',
      `${url}: ${problem}`,
      cause === undefined ? undefined : { cause },
    );
    this.url = url;
    this.final = final;
  }
}
