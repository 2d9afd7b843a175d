/** Verifies many answers at once, on qanto's threads. */
import { type Fields, refuseUnknown, requireObject } from '../check-arguments.ts';
import { AbortError, InternalPanicError, mustBe } from '../errors.ts';
import { onceAborted, requireSignal } from './abort.ts';
import { packAnswers } from './answers.ts';
import { startVerification } from './solver.ts';
import type { Template } from './template.ts';

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
 * with AVX-512 or AVX2; `QANTO_KERNEL` selects one of them, and `portable` neither. All others are hashed by the reference
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
export async function verifyPowBatch(
  answers: readonly {
    /** The template. */
    readonly template: Template;
    /** The nonce, as {@link verifyPow} takes it. */
    readonly nonce: number | bigint | string;
    /** With version rolling, the variant. */
    readonly variant?: number;
  }[],
  options: {
    /** Cancels the verification. */
    readonly signal?: AbortSignal;
  } = {},
): Promise<boolean[]> {
  requireObject('options', options);
  refuseUnknown('options', options, OPTION_FIELDS);
  const { signal } = options;
  if (signal !== undefined) requireSignal('options.signal', signal);
  if (!Array.isArray(answers)) throw mustBe('answers', answers, 'an array');
  const packed = packAnswers(answers);
  if (signal?.aborted) throw new AbortError(signal.reason);
  if (packed.answers.length === 0) return [];

  return new Promise((resolve, reject) => {
    let signalError: { thrown: unknown } | undefined;
    let stopListening: (() => void) | undefined;
    const cancel = startVerification(packed, {
      onProgress() {},
      onSettled(outcome, { verdicts, message, stoppedAfterMs }) {
        try {
          stopListening?.();
          if (signalError) reject(signalError.thrown);
          else if (outcome === 'exhausted' && verdicts) resolve(toBooleans(verdicts));
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
