/** A `fetch` that pays with proof of work where a server asks for it. */
import {
  type Fields,
  refuseUnknown,
  requireFunction,
  requireInteger,
  requireObject,
} from '../check-arguments.ts';
import { AbortError, ExpectedWorkError } from '../errors.ts';
import { type AltchaChallenge, solve as solveAltcha } from '../formats/altcha.ts';
import { requireSignal } from '../pow/abort.ts';
import { MAX_TIMEOUT_MS, type SolveOptions, solvePow } from '../pow/solve.ts';
import { PaymentRefusedError } from './errors.ts';
import { largestAnswer } from './forms/altcha-answer.ts';
import { altchaV2Payload } from './forms/altcha-v2.ts';
import { nativeTemplate } from './forms/native.ts';
import { type Bill, readBill } from './read-bill.ts';
import { replayable } from './replayable.ts';

/** What a payment has cost. */
export interface Payment {
  /** The URL of the request. */
  readonly url: string;
  /** The tries that the challenge takes on average. */
  readonly expectedTries: number;
  /** The hashes that were computed. */
  readonly hashes: number;
  /** The time that it took, in ms. */
  readonly elapsedMs: number;
}

/** The options of {@link payingFetch}. */
export interface PayingFetchOptions {
  /** The most tries that a challenge may take on average, from 1 to 2^53 - 1. A more expensive one is refused. Default: 2^24. */
  readonly maxExpectedTries?: number;
  /** The longest time that a search may take, in ms. Default: 30,000. */
  readonly maxMs?: number;
  /** Stops all requests and searches. The signal of a request stops that one. Default: none. */
  readonly signal?: AbortSignal;
  /** The most threads of a search. Default: that of `solvePow`. */
  readonly threads?: number;
  /** Is called after each payment, before the request is sent again. Default: none. */
  readonly onPayment?: (payment: Payment) => void;
  /** The function that sends requests. Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

const FIELDS: Fields<PayingFetchOptions> = {
  maxExpectedTries: true,
  maxMs: true,
  signal: true,
  threads: true,
  onPayment: true,
  fetch: true,
};

/**
 * Returns a `fetch` that solves the challenge of a response with the status 401, 402 or 428, on qanto's threads, and sends the
 * request once more, with the proof. It understands the forms of qanto's gate and ALTCHA's headers for programs. All other
 * responses are returned as they are. So is the second response, whatever it says.
 *
 * In addition to the errors of `fetch`, the promise of a request rejects with
 * - `ERR_QANTO_BODY_NOT_REPLAYABLE`, before anything is sent, if the body is a stream;
 * - `ERR_QANTO_EXPECTED_WORK_TOO_HIGH` if the challenge takes more than `maxExpectedTries`, before any work is done;
 * - `ERR_QANTO_TIMED_OUT` if the search takes longer than `maxMs`, and `ABORT_ERR` if it is aborted;
 * - `ERR_QANTO_HASH_BUDGET_SPENT` if a challenge of ALTCHA has no answer;
 * - `ERR_QANTO_PAYMENT_REFUSED` if the proof would have to be sent in a header that is in use, or in one that a proof must not be
 *   sent in.
 *
 * Throws `ERR_QANTO_INVALID_ARGUMENT` if an option is invalid.
 */
export function payingFetch(options: PayingFetchOptions = {}): typeof globalThis.fetch {
  requireObject('options', options);
  refuseUnknown('options', options, FIELDS);
  const { maxExpectedTries = 2 ** 24, maxMs = 30_000, signal, threads, onPayment } = options;
  const send = options.fetch ?? globalThis.fetch;
  requireInteger('options.maxExpectedTries', maxExpectedTries, 1);
  requireInteger('options.maxMs', maxMs, 1, MAX_TIMEOUT_MS);
  if (signal !== undefined) requireSignal('options.signal', signal);
  if (threads !== undefined) requireInteger('options.threads', threads, 1);
  if (onPayment !== undefined) requireFunction('options.onPayment', onPayment);
  requireFunction('options.fetch', send);

  return async (input, init) => {
    const { url, init: sent, signal: own } = await replayable(input, init);
    const signals = [signal, own].filter((one) => one !== undefined && one !== null);
    const either = signals.length === 0 ? undefined : AbortSignal.any(signals);
    const first = { ...sent, ...(either && { signal: either }) };
    const response = await send(url, first);
    const bill = readBill(response);
    if (bill === undefined) return response;
    const headers = new Headers(first.headers);
    checkBill(bill, headers, maxExpectedTries, response);
    if (either?.aborted) throw new AbortError(either.reason);
    // The connection can be used again when the body has been dropped.
    await response.body?.cancel();
    const limits = { timeoutMs: maxMs, ...(either && { signal: either }), ...(threads && { threads }) };
    const { credentials, hashes, elapsedMs } = await pay(bill, limits);
    onPayment?.({ url: String(url), expectedTries: bill.expectedTries, hashes, elapsedMs });
    headers.set(bill.header, credentials);
    return send(url, { ...first, headers });
  };
}

function checkBill({ header, expectedTries }: Bill, headers: Headers, max: number, response: Response): void {
  // A hostile server must not have the proof sent as a cookie or as a host, for example.
  if (header !== 'authorization' && !/^x-[a-z0-9-]{1,60}$/.test(header)) {
    throw new PaymentRefusedError(`a proof is not sent in the header ${header}`, response);
  }
  if (headers.has(header)) {
    throw new PaymentRefusedError(`the request has the header ${header} already`, response);
  }
  if (expectedTries > max) {
    throw new ExpectedWorkError(
      BigInt(Math.floor(expectedTries)),
      BigInt(max),
      `the challenge of ${response.url} takes`,
    );
  }
}

interface Paid {
  readonly credentials: string;
  readonly hashes: number;
  readonly elapsedMs: number;
}

async function pay(bill: Bill, limits: SolveOptions): Promise<Paid> {
  if (bill.form === 'native') {
    const { token, expectedTries } = bill;
    const { nonce, hashes, elapsedMs } = await solvePow(nativeTemplate(token, expectedTries), limits);
    return { credentials: `Qanto ${token}.${nonce}`, hashes, elapsedMs };
  }
  if (bill.form === 'altcha-v2') return payAltchaV2(bill, limits);
  const challenge = bill.challenge as AltchaChallenge;
  const { number, hashes, elapsedMs } = await solveAltcha(challenge, limits);
  const { algorithm, challenge: digest, salt, signature } = challenge;
  const fields = `challenge="${digest}", salt="${salt}", signature="${signature}"`;
  return { credentials: `Altcha algorithm="${algorithm}", number="${number}", ${fields}`, hashes, elapsedMs };
}

async function payAltchaV2(bill: Bill & { form: 'altcha-v2' }, limits: SolveOptions): Promise<Paid> {
  const { challenge, template, expectedTries } = bill;
  // The challenge itself does not say where the counters end, so a server could have us search all of them.
  const maxHashes = largestAnswer(expectedTries) + 1;
  const { nonce, digest, hashes, elapsedMs } = await solvePow(template, { ...limits, maxHashes });
  const payload = altchaV2Payload(challenge, { counter: Number(nonce), digest, elapsedMs });
  return { credentials: `Altcha ${payload}`, hashes, elapsedMs };
}
