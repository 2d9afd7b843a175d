/** Why a request is refused, and with which status. */

/**
 * The reasons why a gate refuses a request, in the order of the checks:
 * - `no-proof`: the request has no proof. The response has a challenge.
 * - `too-large`: the proof, or the body that it is bound to, is larger than the gate reads.
 * - `malformed`: the proof cannot be parsed.
 * - `unknown-key`: the challenge was signed with a secret that the gate does not know.
 * - `wrong-signature`: the challenge was not made, or was changed, by somebody who knows the secret.
 * - `not-yet-valid`: the challenge comes from the future. The clocks of two servers differ too much.
 * - `expired`: the challenge is too old.
 * - `wrong-request`: the challenge is for another method or path.
 * - `wrong-binding`: the challenge is for another body, query or caller.
 * - `wrong-proof`: the hash is not a hit.
 * - `replayed`: the proof has been used.
 * - `store-full`: the store of claims is full.
 * - `store-failed`: the store of claims failed, and `onStoreFailure` is `closed`.
 */
export const REFUSAL_REASONS = [
  'no-proof',
  'too-large',
  'malformed',
  'unknown-key',
  'wrong-signature',
  'not-yet-valid',
  'expired',
  'wrong-request',
  'wrong-binding',
  'wrong-proof',
  'replayed',
  'store-full',
  'store-failed',
] as const;
/** One of {@link REFUSAL_REASONS}. */
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** The sentence for people in the body of a refusal. */
export const EXPLANATIONS: Readonly<Record<RefusalReason, string>> = {
  'no-proof': 'This request needs a proof of work. Solve the challenge, and send the request again.',
  'too-large': 'The proof or the body is too large.',
  malformed: 'The proof of work cannot be read.',
  'unknown-key': 'The challenge was signed with a key that is not in use. Ask for a new one.',
  'wrong-signature': 'The challenge was not made by this server.',
  'not-yet-valid': 'The challenge is not valid yet.',
  expired: 'The challenge has expired. Ask for a new one.',
  'wrong-request': 'The challenge was made for another method or path.',
  'wrong-binding': 'The challenge was made for another body, query or caller.',
  'wrong-proof': 'The proof does not solve the challenge.',
  replayed: 'The proof has been used already. Ask for a new challenge.',
  'store-full': 'The server cannot accept more proofs at the moment.',
  'store-failed': 'The server cannot check proofs at the moment.',
};

/** The statuses of refusals other than `no-proof`. All others are 403. */
export const STATUSES: Partial<Readonly<Record<RefusalReason, number>>> = {
  'too-large': 413,
  'store-full': 503,
  'store-failed': 503,
};
