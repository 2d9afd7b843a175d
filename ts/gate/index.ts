/**
 * Proof of work in front of an endpoint: a gate for express, fastify, hono and `node:http`, and a `fetch` for programs that have to
 * pay. Loading this module loads no framework.
 *
 * @module qanto/gate
 */
export {
  AbortError,
  ExpectedWorkError,
  HashBudgetSpentError,
  InvalidArgumentError,
  QantoError,
  TimedOutError,
} from '../errors.ts';
export type { Binding } from './binding.ts';
export type { CallerOptions } from './callers.ts';
export { GATE_CHANNEL, type GateMessage } from './channel.ts';
export type { Decision } from './checker.ts';
export { type ClaimStore, MemoryClaims, type MemoryClaimsOptions } from './claims.ts';
export {
  BodyNotReplayableError,
  ClaimFailedError,
  ClaimsFullError,
  NoRawBodyError,
  PaymentRefusedError,
} from './errors.ts';
export type { ExpressMiddleware } from './express.ts';
export type { FastifyGatePlugin, FastifyLike, FastifyReplyLike, FastifyRequestLike } from './fastify.ts';
export type { AltchaV1Challenge } from './forms/altcha-v1.ts';
export type { AltchaV2Challenge, AltchaV2Parameters } from './forms/altcha-v2.ts';
export { FORM_NAMES, type FormName } from './forms/form.ts';
export { type Gate, gate, type IssueTarget } from './gate.ts';
export type { HonoContextLike, HonoMiddleware } from './hono.ts';
export type { HttpHandler } from './http.ts';
export { LOAD_MEASURES, type LoadLevel, type LoadMeasure, type LoadOptions } from './load.ts';
export type { GateOptions, Price, RouteOptions, Secret } from './options.ts';
export { type PayingFetchOptions, type Payment, payingFetch } from './paying-fetch.ts';
export { REFUSAL_REASONS, type RefusalReason } from './reasons.ts';
export { type RedisClaimsOptions, type RedisClient, redisClaims } from './redis-claims.ts';
export type { Challenges, NativeChallenge, Refusal, RefusalBody } from './refusal.ts';
export type { GateRequest } from './request.ts';
