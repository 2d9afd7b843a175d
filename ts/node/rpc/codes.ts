/** The codes of errors that Bitcoin Core answers with, and which of them an error of qanto has. */
import { InvalidArgumentError, QantoError } from 'qanto';
import { codeOf } from '../control/messages.ts';
import { InvalidParamsError, type ParamsProblem } from '../control/methods.ts';

/** The codes that qanto uses, with their meanings as in Bitcoin Core's `rpc/protocol.h`. */
export const CORE_CODES = {
  misc: -1,
  wrongType: -3,
  notFound: -5,
  invalidParameter: -8,
  notConnected: -9,
  initialDownload: -10,
  database: -20,
  deserialization: -22,
  inWarmup: -28,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  internal: -32_603,
  parse: -32_700,
} as const;

/**
 * `ERR_QANTO_RPC_METHOD`: a method that Bitcoin Core has too cannot answer, for a reason for which Bitcoin Core has a code.
 */
export class RpcMethodError extends QantoError {
  readonly #rpcCode: number;

  /** `problem` is the message. */
  constructor(rpcCode: number, problem: string) {
    super('ERR_QANTO_RPC_METHOD', problem);
    this.#rpcCode = rpcCode;
  }

  /** The code of Bitcoin Core, such as -22. */
  get rpcCode(): number {
    return this.#rpcCode;
  }
}

const OF_PARAMS: Readonly<Record<ParamsProblem, number>> = {
  missing: CORE_CODES.misc,
  type: CORE_CODES.wrongType,
  unknown: CORE_CODES.invalidParameter,
  value: CORE_CODES.invalidParameter,
};

const OF_ERRORS: Readonly<Record<string, number>> = {
  ERR_QANTO_CONTROL_UNKNOWN_METHOD: CORE_CODES.methodNotFound,
  ERR_QANTO_BLOCK_NOT_FOUND: CORE_CODES.notFound,
  ERR_QANTO_UNKNOWN_BLOCK: CORE_CODES.notFound,
  ERR_QANTO_CLOSED: CORE_CODES.notConnected,
  ABORT_ERR: CORE_CODES.notConnected,
  // The blocks of others are ahead of this clock, so that no block can be built yet.
  ERR_QANTO_CLOCK_BEHIND: CORE_CODES.initialDownload,
  ERR_QANTO_STORE_FULL: CORE_CODES.database,
  ERR_QANTO_STORE_FAILED: CORE_CODES.database,
  ERR_QANTO_STORE_DAMAGED: CORE_CODES.database,
};

/** The code of an error in an answer. Errors that are not of qanto are bugs. */
export function coreCodeOf(error: unknown): number {
  if (error instanceof RpcMethodError) return error.rpcCode;
  if (error instanceof InvalidParamsError) return OF_PARAMS[error.kind];
  if (error instanceof InvalidArgumentError) return CORE_CODES.invalidParameter;
  const known = OF_ERRORS[codeOf(error)];
  if (known !== undefined) return known;
  return error instanceof QantoError ? CORE_CODES.misc : CORE_CODES.internal;
}
