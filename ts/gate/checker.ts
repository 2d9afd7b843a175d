/** Makes challenges and checks proofs, independently of any framework. */
import { mustBe } from '../errors.ts';
import { bindingOf, scopeOf } from './binding.ts';
import { GATE_CHANNEL, type GateMessage } from './channel.ts';
import { ClaimsFullError } from './errors.ts';
import { findProof } from './find-proof.ts';
import { altchaV1Challenge } from './forms/altcha-v1.ts';
import { altchaV2Challenge } from './forms/altcha-v2.ts';
import type { FormName } from './forms/form.ts';
import type { Route, Settings } from './options.ts';
import type { RefusalReason } from './reasons.ts';
import { type Challenges, challengeResponse, type Refusal, refusalOf } from './refusal.ts';
import type { GateRequest } from './request.ts';
import { ID_BYTES, readToken, type SignedToken, signToken, type Token } from './token.ts';

const { randomFillSync } = process.getBuiltinModule('node:crypto');
const { channel } = process.getBuiltinModule('node:diagnostics_channel');

/** The largest difference of the clocks of two servers. */
const MAX_SKEW_MS = 60_000;
const messages = channel(GATE_CHANNEL);

/** What a gate says about a request. */
export type Decision =
  | {
      /** The request may pass. */
      readonly passed: true;
      /** Call it when the request has its response, so that requests in flight can be counted. */
      readonly leave: () => void;
    }
  | {
      /** The request is refused. */
      readonly passed: false;
      /** What to answer. */
      readonly refusal: Refusal;
    };

/** The work of a gate. */
export class Checker {
  readonly settings: Settings;
  readonly #now: () => number;
  /** Ids are drawn in blocks, which takes less time than one by one. */
  readonly #random = Buffer.alloc(64 * ID_BYTES);
  #drawn = this.#random.length;

  constructor(settings: Settings, now: () => number) {
    this.settings = settings;
    this.#now = now;
  }

  /** Decides about a request. Rejects only with errors of the host's own functions, and `ERR_QANTO_NO_RAW_BODY`. */
  async check(request: GateRequest, route: Route): Promise<Decision> {
    const { load, callers, caller, status, header } = this.settings;
    if (route.skip && (await route.skip(request))) return { passed: true, leave: () => {} };
    const startMs = performance.now();
    const checked = await this.#verdict(request, route);
    if (checked === 'no-proof') {
      publish({ outcome: 'refused', reason: checked, checkMs: performance.now() - startMs });
      const challenges = this.issue(request, route, this.settings.forms);
      return { passed: false, refusal: challengeResponse(challenges, status, header) };
    }
    const checkMs = performance.now() - startMs;
    if (typeof checked === 'string') {
      publish({ outcome: 'refused', reason: checked, checkMs });
      return { passed: false, refusal: refusalOf(checked, header) };
    }
    callers?.paid(caller(request));
    const { form, tries: expectedTries, issuedMs } = checked;
    const solveMs = Math.max(this.#now() - issuedMs, 0);
    publish({ outcome: 'accepted', form, expectedTries, checkMs, solveMs });
    return { passed: true, leave: load?.entered() ?? (() => {}) };
  }

  /** Returns a challenge for a request, in these forms. */
  issue(request: GateRequest, route: Route, forms: readonly FormName[]): Challenges {
    const { keys, lifetimeMs, load } = this.settings;
    const tries = this.#price(request, route);
    load?.visited();
    const issuedMs = this.#now();
    const expiresMs = issuedMs + lifetimeMs;
    const bound = this.#boundTo(request, route);
    const challenges: { -readonly [Form in FormName]?: Challenges[Form] } = {};
    for (const form of forms) {
      const token = signToken({ form, tries, issuedMs, expiresMs, id: this.#id(), ...bound }, keys[0]);
      if (form === 'native') challenges.native = { challenge: token.text, tries };
      else if (form === 'altcha-v1') challenges[form] = altchaV1Challenge(token);
      else challenges[form] = altchaV2Challenge(token);
    }
    publish({ outcome: 'issued', expectedTries: tries });
    return challenges;
  }

  /** The checks, from the cheapest one to the one that changes something. */
  async #verdict(request: GateRequest, route: Route): Promise<SignedToken | RefusalReason> {
    const { keys, forms } = this.settings;
    const proof = findProof(request, this.settings);
    if (typeof proof === 'string') return proof;
    const token = readToken(proof.token, keys);
    if (typeof token === 'string') return token;
    if (token.form !== proof.form || !forms.includes(token.form)) return 'malformed';
    const now = this.#now();
    if (token.issuedMs > now + MAX_SKEW_MS) return 'not-yet-valid';
    if (token.expiresMs <= now) return 'expired';
    const { scope, binding } = this.#boundTo(request, route);
    if (token.scope !== scope) return 'wrong-request';
    if (token.binding !== binding) return 'wrong-binding';
    if (!proof.solves(token)) return 'wrong-proof';
    return (await this.#claim(token, now)) ?? token;
  }

  /** Returns a reason if the challenge has been used, or if the store cannot tell. */
  async #claim({ id, expiresMs }: SignedToken, now: number): Promise<RefusalReason | undefined> {
    const { claims, onStoreFailure } = this.settings;
    try {
      // Another server, whose clock is behind, may accept the challenge for a little longer.
      const claimed = await claims.claim(id, expiresMs - now + MAX_SKEW_MS);
      return claimed === true ? undefined : 'replayed';
    } catch (error) {
      if (error instanceof ClaimsFullError) return 'store-full';
      return onStoreFailure === 'open' ? undefined : 'store-failed';
    }
  }

  #boundTo(request: GateRequest, route: Route): Pick<Token, 'scope' | 'binding'> {
    const named = route.scope?.(request);
    const caller = () => this.settings.caller(request);
    return { scope: scopeOf(request, named), binding: bindingOf(request, route.bind, caller) };
  }

  #price(request: GateRequest, route: Route): number {
    const { load, callers, caller, maxTries } = this.settings;
    const price = route.price(request);
    if (typeof price !== 'number' || !(price >= 1 && price < Infinity))
      throw mustBe('the result of expectedTries', price, 'a finite number of at least 1');
    const times = (load?.times ?? 1) * (callers?.timesFor(caller(request)) ?? 1);
    return Math.min(Math.round(price * times), maxTries);
  }

  #id(): string {
    if (this.#drawn === this.#random.length) {
      randomFillSync(this.#random);
      this.#drawn = 0;
    }
    this.#drawn += ID_BYTES;
    return this.#random.toString('base64url', this.#drawn - ID_BYTES, this.#drawn);
  }
}

function publish(message: GateMessage): void {
  if (messages.hasSubscribers) messages.publish(message);
}
