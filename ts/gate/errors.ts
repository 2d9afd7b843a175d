/** The errors of the gate. */
import { QantoError } from '../errors.ts';

/** `ERR_QANTO_CLAIMS_FULL`: a {@link MemoryClaims} holds as many claims as it may. The request must be refused. */
export class ClaimsFullError extends QantoError {
  /** The maximum number of claims. */
  readonly limit: number;

  /** `limit` is a number of claims. */
  constructor(limit: number) {
    super('ERR_QANTO_CLAIMS_FULL', `the store already holds ${limit} claims; wait until some have expired`);
    this.limit = limit;
  }
}

/** `ERR_QANTO_CLAIM_FAILED`: the store of claims did not answer, or answered something else than it should. */
export class ClaimFailedError extends QantoError {
  /** `reason` says what happened. The cause is the error of the client, if there is one. */
  constructor(reason: string, options?: ErrorOptions) {
    super('ERR_QANTO_CLAIM_FAILED', `the claim failed: ${reason}`, options);
  }
}

/**
 * `ERR_QANTO_NO_RAW_BODY`: challenges are bound to the body, but the adapter was not given its bytes. This is a mistake in the
 * set-up of the server.
 */
export class NoRawBodyError extends QantoError {
  /** `hint` says how the bytes are passed on. */
  constructor(hint: string) {
    super(
      'ERR_QANTO_NO_RAW_BODY',
      `bind.body needs the bytes of the body in request.rawBody, as a Uint8Array; ${hint}`,
    );
  }
}

/**
 * `ERR_QANTO_BODY_NOT_REPLAYABLE`: the body of a request is a stream, which cannot be sent a second time with the proof. Nothing
 * was sent.
 */
export class BodyNotReplayableError extends QantoError {
  /** `what` says what the body is. */
  constructor(what: string) {
    super(
      'ERR_QANTO_BODY_NOT_REPLAYABLE',
      `the body is ${what}, which cannot be sent a second time; pass a text, bytes, a Blob, FormData or URLSearchParams in init.body`,
    );
  }
}

/** `ERR_QANTO_PAYMENT_REFUSED`: a server asks for proof of work in a way that the client does not follow. */
export class PaymentRefusedError extends QantoError {
  /** The response that asks for proof of work. Its body has not been read. */
  readonly response: Response;

  /** `reason` says what is wrong with the request for proof of work. */
  constructor(reason: string, response: Response) {
    super('ERR_QANTO_PAYMENT_REFUSED', `no proof of work was made for the server: ${reason}`);
    this.response = response;
  }
}
