/**
 * Challenges of ALTCHA, version 2: a key is derived from a nonce, a counter and a salt, and must begin with given hex digits. Source:
 * altcha-lib 2.8 and https://altcha.org/docs/v2/proof-of-work/.
 *
 * In the *deterministic mode* the server chooses the counter, and signs its key. It then checks an answer with one HMAC, without
 * deriving a key, which takes long. It is the default of the functions that are meant to take long: PBKDF2, SCRYPT and ARGON2ID.
 */
export { type AltchaV2Options, create } from './create.ts';
export type { AltchaV2CounterMode } from './derive-key.ts';
export { KeyDerivationError } from './key-threads.ts';
export {
  ALTCHA_V2_ALGORITHMS,
  type AltchaV2Algorithm,
  type AltchaV2Challenge,
  type AltchaV2Limits,
  type AltchaV2Parameters,
} from './parameters.ts';
export { type AltchaV2Answer, type AltchaV2SolveOptions, solve } from './solve.ts';
export {
  type AltchaV2Details,
  type AltchaV2Policy,
  type AltchaV2Reason,
  verify,
} from './verify.ts';
