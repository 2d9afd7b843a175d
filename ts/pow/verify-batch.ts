/** Verifies many answers at once, on qanto's threads. */
import { type Fields, type NameOf, refuseUnknown, requireObject } from '../check-arguments.ts';
import { AbortError, InternalPanicError } from '../errors.ts';
import { onceAborted, requireSignal } from './abort.ts';
import { type Answer, packAnswers } from './answers.ts';
import type { HitRule } from './hit-rule.ts';
import { checkPacked, type PackedAnswers } from './packed-answers.ts';
import { type Batch, startVerification } from './solver.ts';
import type { Algorithm, Template } from './template.ts';

interface BatchOptions {
  readonly signal?: AbortSignal;
}

const OPTION_FIELDS: Fields<BatchOptions> = { signal: true };

/**
 * Verifies many answers, each of which is a template and a nonce (and, with version rolling, a variant), as
 * {@link verifyPow} takes them. Resolves to whether each answer is a hit, in the order of the answers: what
 * `verifyPow(template, nonce, variant)` returns for it.
 *
 * The hashes are computed on qanto's threads, which they share with searches, and not on the event loop. Answers with
 * the same hash function, which is one of SHA-1 and SHA-2, and with messages of the same length are hashed side by side
 * with AVX-512, AVX2 or NEON; `QANTO_KERNEL` selects one of them, and `portable` none. All others are hashed by the reference
 * implementations. `poolStatus` does not count these hashes, and they are not published on {@link SOLVE_CHANNEL}.
 *
 * The answers are checked and copied before the call returns; the caller may change them afterwards. All of them must be
 * valid: where `verifyPow` throws, because a nonce is out of range for example, the promise rejects with
 * `ERR_QANTO_INVALID_ARGUMENT`, and no answer is verified. `argument` of the error says which one is invalid, such as
 * `answers[3].nonce`. A server that reads nonces from outside must therefore leave out those that are malformed.
 *
 * If `options.signal` is aborted, the promise rejects with `ABORT_ERR`. It may also reject with `ERR_QANTO_QUEUE_FULL`,
 * `ERR_QANTO_THREADS_UNAVAILABLE`, `ERR_QANTO_NATIVE_UNAVAILABLE` or, if there is a bug in the native code,
 * `ERR_QANTO_INTERNAL_PANIC`. The preimages and texts must have less than 2^32 bytes together.
 */
export function verifyPowBatch(
  answers: readonly {
    /** The template. */
    readonly template: Template;
    /** The nonce, as {@link verifyPow} takes it. */
    readonly nonce: number | bigint | string;
    /** With version rolling, the variant. */
    readonly variant?: number;
  }[],
  options?: {
    /** Cancels the verification. */
    readonly signal?: AbortSignal;
  },
): Promise<boolean[]>;
/**
 * Verifies many nonces of one template, or many messages of one length that contain their nonces, such as the headers of a
 * chain. This is faster than a list of answers, because no object is read for each answer. Resolves to a byte for each
 * nonce or message, in their order: 1 if it is a hit, and 0 if it is not. `indexOf(0)` of the result finds the first one that is
 * not, and returns -1 if all of them are.
 *
 * Everything else is as for a list of answers. All nonces and messages must be valid: otherwise, the promise rejects with
 * `ERR_QANTO_INVALID_ARGUMENT`, whose `argument` says which one is not, such as `answers.nonces[3]`.
 */
export function verifyPowBatch(
  answers:
    | {
        /** The template. */
        readonly template: Template;
        /** The nonces, each of which the encoding of the template must have. */
        readonly nonces: Uint32Array | BigUint64Array;
        /** With version rolling, which needs it: the variant of each nonce. */
        readonly variants?: Uint8Array;
      }
    | {
        /** The hash function. */
        readonly algorithm: NameOf<Algorithm>;
        /** The length of the digest in bytes, as in a {@link Template}. */
        readonly digestLength?: number;
        /** The messages, one behind the other. Each is what is hashed: its nonce is in it. */
        readonly messages: Uint8Array;
        /** The length of each message in bytes, from 1 to 65,536. It is 80 for the headers of Bitcoin. */
        readonly messageLength: number;
        /** What counts as a hit, as in a {@link Template}, if it is the same for all messages. */
        readonly target?: bigint | HitRule;
        /**
         * If there is no `target`: the offset in each message of the compact bits (u32 little-endian) of its own target. It is 72
         * for the headers of Bitcoin.
         */
        readonly compactOffset?: number;
      },
  options?: {
    /** Cancels the verification. */
    readonly signal?: AbortSignal;
  },
): Promise<Uint8Array>;
export async function verifyPowBatch(
  answers: readonly Answer[] | PackedAnswers,
  options: BatchOptions = {},
): Promise<boolean[] | Uint8Array> {
  requireObject('options', options);
  refuseUnknown('options', options, OPTION_FIELDS);
  const { signal } = options;
  if (signal !== undefined) requireSignal('options.signal', signal);
  if (!Array.isArray(answers)) {
    const { batch, count } = checkPacked(answers as PackedAnswers);
    return verify(batch, count, signal);
  }
  const packed = packAnswers(answers);
  return toBooleans(await verify({ answers: packed }, packed.answers.length, signal));
}

/** Resolves to a byte for each answer: 1 if it is a hit, and otherwise 0. */
async function verify(batch: Batch, count: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
  if (signal?.aborted) throw new AbortError(signal.reason);
  if (count === 0) return new Uint8Array(0);

  return new Promise((resolve, reject) => {
    let signalError: { thrown: unknown } | undefined;
    let stopListening: (() => void) | undefined;
    const cancel = startVerification(batch, {
      onProgress() {},
      onSettled(outcome, { verdicts, message, stoppedAfterMs }) {
        try {
          stopListening?.();
          if (signalError) reject(signalError.thrown);
          else if (outcome === 'exhausted' && verdicts) resolve(verdicts);
          else if (outcome === 'cancelled') reject(new AbortError(signal?.reason, stoppedAfterMs));
          else reject(new InternalPanicError(message ?? `the verification ended as ${outcome}`));
        } catch (thrown) {
          reject(thrown);
        }
      },
    });
    try {
      if (signal) stopListening = onceAborted(signal, cancel);
    } catch (thrown) {
      signalError = { thrown };
      cancel();
    }
  });
}

function toBooleans(verdicts: Uint8Array): boolean[] {
  const booleans = new Array<boolean>(verdicts.length);
  for (let i = 0; i < verdicts.length; i++) booleans[i] = verdicts[i] === 1;
  return booleans;
}
