/**
 * Protocols of others: what they hash and what counts, and their encodings on the wire. Each is a namespace with `solve`, which
 * does not block the event loop and can be cancelled as `solvePow` can, `verify`, and, where a server makes the challenge, `create`.
 *
 * @module qanto/formats
 */
export { HashBudgetSpentError, InvalidArgumentError, QantoError } from '../errors.ts';
export * as altcha from './altcha.ts';
export * as anubis from './anubis.ts';
export * as bitcoin from './bitcoin.ts';
export * as cap from './cap.ts';
export * as cerberus from './cerberus.ts';
export type { Accepted, Effort, Refused, Verdict } from './common.ts';
export * as friendlyCaptcha from './friendly-captcha.ts';
export * as goAway from './go-away.ts';
export * as hashcash from './hashcash.ts';
export * as mcaptcha from './mcaptcha.ts';
export * as mega from './mega.ts';
export * as nano from './nano.ts';
export * as nostr from './nostr.ts';
