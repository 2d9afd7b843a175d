/** The options of a gate, and their defaults. */

import { callerOfAddress } from '../caller-of-address.ts';
import {
  type Fields,
  refuseUnknown,
  requireFunction,
  requireInteger,
  requireMethods,
  requireObject,
  requireOneOf,
} from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import type { Binding } from './binding.ts';
import { clientAddress } from './caller.ts';
import { type CallerOptions, Callers } from './callers.ts';
import { type ClaimStore, MemoryClaims } from './claims.ts';
import { MAX_ALTCHA_V2_TRIES } from './forms/altcha-v2.ts';
import { DEFAULT_FORMS, FORM_NAMES, type FormName } from './forms/form.ts';
import { type Keys, keysOf } from './keys.ts';
import { Load, type LoadOptions } from './load.ts';
import type { GateRequest } from './request.ts';

/** A secret: a text or bytes, at least 32 bytes long. */
export type Secret = string | Uint8Array;
/** Returns the tries that a request should cost on average, before the factors of load and caller: an integer of at least 1. */
export type Price = (request: GateRequest) => number;

/** What a route may have in a different way from the gate. Each field has the default of the gate's option. */
export interface RouteOptions {
  /** The tries that a challenge takes on average. Default: 131,072 (2^17). */
  readonly expectedTries?: number | Price;
  /** What challenges are bound to, besides the method and the path. Default: nothing. */
  readonly bind?: Binding;
  /**
   * Returns the text that challenges are bound to instead of the method and the path, such as the name of a route for which one
   * challenge is as good as another. Default: the method and the path.
   */
  readonly scope?: (request: GateRequest) => string;
  /** Returns whether a request needs no proof. Default: none does. */
  readonly skip?: (request: GateRequest) => boolean | Promise<boolean>;
}

/** The options of {@link gate}. Only the secret is needed. */
export interface GateOptions extends RouteOptions {
  /** The secret with which challenges are signed. Processes that accept each other's challenges share it, and nobody else does. */
  readonly secret: Secret;
  /** Secrets whose challenges are accepted too: those that were in use before, or will be. Default: none. */
  readonly otherSecrets?: readonly Secret[];
  /** How long a challenge is valid, in ms, from 1,000 to 86,400,000. Default: 300,000. */
  readonly lifetimeMs?: number;
  /** The most tries that a challenge takes on average, whatever the factors are. Default: 2^26. */
  readonly maxExpectedTries?: number;
  /** How the price follows the load. Default: it does not. */
  readonly load?: LoadOptions;
  /** How the price rises for a caller who pays often. Default: it does not. */
  readonly callers?: CallerOptions;
  /**
   * Returns who the caller is, for `bind.caller` and `callers`: an account or an API key. Default: the address of the client; for
   * IPv6, its network of 64 bits.
   */
  readonly caller?: (request: GateRequest) => string;
  /**
   * The number of proxies in front of the server, each of which appends the address of its client to `X-Forwarded-For`. Default:
   * 0, which ignores the header.
   */
  readonly trustProxy?: number;
  /** Where used challenges are remembered. Default: a `MemoryClaims` of 1,000,000 claims. */
  readonly claims?: ClaimStore;
  /**
   * What happens to a request with a right proof if the store of claims fails: `closed` refuses it, and `open` accepts it,
   * although it may be a replay. A store that is full always refuses. Default: `closed`.
   */
  readonly onStoreFailure?: 'closed' | 'open';
  /** The forms of challenges that are offered and accepted. Default: `native` and `altcha-v1`. */
  readonly forms?: readonly FormName[];
  /** The status of a response that asks for a proof: 401, 402 or 428. Default: 401. */
  readonly status?: 401 | 402 | 428;
  /** The header that has the proof. Default: `authorization`. Choose another if your service uses that one. */
  readonly header?: string;
  /** The field of a form, or of JSON, that has the proof if the header has not. Default: `altcha`. */
  readonly field?: string;
  /** The most bytes of a body that `http` reads for `bind.body`. Default: 1,048,576. */
  readonly maxBodyBytes?: number;
}

const ROUTE_FIELDS: Fields<RouteOptions> = { expectedTries: true, bind: true, scope: true, skip: true };
const OPTION_FIELDS: Fields<GateOptions> = {
  ...ROUTE_FIELDS,
  secret: true,
  otherSecrets: true,
  lifetimeMs: true,
  maxExpectedTries: true,
  load: true,
  callers: true,
  caller: true,
  trustProxy: true,
  claims: true,
  onStoreFailure: true,
  forms: true,
  status: true,
  header: true,
  field: true,
  maxBodyBytes: true,
};
const BIND_FIELDS: Fields<Binding> = { query: true, body: true, caller: true };
const STORE_FAILURES = ['closed', 'open'] as const;
const STATUSES: readonly unknown[] = [401, 402, 428];
const DEFAULT_TRIES = 2 ** 17;
const MAX_TRIES = 2 ** 47;
const HEADER_NAME = /^[a-z][a-z0-9-]{0,63}$/;

/** What a route has. */
export interface Route {
  readonly price: Price;
  readonly bind: Binding;
  readonly scope: ((request: GateRequest) => string) | undefined;
  readonly skip: ((request: GateRequest) => boolean | Promise<boolean>) | undefined;
}

/** The settings of a gate: its options, checked and with their defaults. */
export interface Settings {
  readonly route: Route;
  /** The first ones sign. */
  readonly keys: readonly [Keys, ...Keys[]];
  readonly lifetimeMs: number;
  readonly maxTries: number;
  readonly load: Load | undefined;
  readonly callers: Callers | undefined;
  readonly caller: (request: GateRequest) => string;
  readonly claims: ClaimStore;
  readonly onStoreFailure: 'closed' | 'open';
  readonly forms: readonly FormName[];
  readonly status: number;
  readonly header: string;
  readonly field: string;
  readonly maxBodyBytes: number;
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT`. */
export function settingsOf(options: GateOptions): Settings {
  requireObject('options', options);
  refuseUnknown('options', options, OPTION_FIELDS);
  const {
    otherSecrets = [],
    lifetimeMs = 300_000,
    maxExpectedTries = 2 ** 26,
    trustProxy = 0,
    caller,
  } = options;
  const {
    claims = new MemoryClaims(),
    onStoreFailure = 'closed',
    forms = DEFAULT_FORMS,
    status = 401,
  } = options;
  const { header = 'authorization', field = 'altcha', maxBodyBytes = 2 ** 20 } = options;
  const signing = keysOf('options.secret', options.secret);
  if (!Array.isArray(otherSecrets) || otherSecrets.length > 16) {
    throw mustBe('options.otherSecrets', '(a value)', 'an array of at most 16 secrets');
  }
  const others = otherSecrets.map((secret, index) => keysOf(`options.otherSecrets[${index}]`, secret));
  requireInteger('options.lifetimeMs', lifetimeMs, 1000, 86_400_000);
  requireInteger('options.maxExpectedTries', maxExpectedTries, 1, MAX_TRIES);
  requireInteger('options.trustProxy', trustProxy, 0, 16);
  if (caller !== undefined) requireFunction('options.caller', caller);
  requireMethods('options.claims', claims, ['claim']);
  requireOneOf('options.onStoreFailure', onStoreFailure, STORE_FAILURES);
  if (!Array.isArray(forms) || forms.length === 0) {
    throw mustBe('options.forms', forms, `an array of one or more of ${FORM_NAMES.join(', ')}`);
  }
  for (const form of forms) requireOneOf('options.forms', form, FORM_NAMES);
  if (forms.includes('altcha-v2') && maxExpectedTries > MAX_ALTCHA_V2_TRIES) {
    throw mustBe(
      'options.maxExpectedTries',
      maxExpectedTries,
      `at most ${MAX_ALTCHA_V2_TRIES} (2^31) for the form altcha-v2, whose counter has 32 bits`,
    );
  }
  if (!STATUSES.includes(status)) throw mustBe('options.status', status, 'one of 401, 402, 428');
  if (typeof header !== 'string' || !HEADER_NAME.test(header)) {
    throw mustBe('options.header', header, 'the name of a header in lowercase');
  }
  if (typeof field !== 'string' || field === '') throw mustBe('options.field', field, 'the name of a field');
  requireInteger('options.maxBodyBytes', maxBodyBytes, 0, 2 ** 30);
  const ofAddress = (request: GateRequest) => callerOfAddress(clientAddress(request, trustProxy));
  return {
    route: routeOf('options', pick(options), undefined),
    keys: [signing, ...others],
    lifetimeMs,
    maxTries: maxExpectedTries,
    load: options.load && new Load(options.load),
    callers: options.callers && new Callers(options.callers),
    caller: caller ? (request) => String(caller(request)) : ofAddress,
    ...{ claims, onStoreFailure, forms: [...new Set(forms)], status, header, field, maxBodyBytes },
  };
}

/** Checks the options of a route. `base` has those of the gate. Throws `ERR_QANTO_INVALID_ARGUMENT`. */
export function routeOf(argument: string, options: RouteOptions, base: Route | undefined): Route {
  requireObject(argument, options);
  refuseUnknown(argument, options, ROUTE_FIELDS);
  const { expectedTries, bind, scope, skip } = options;
  if (typeof expectedTries !== 'function' && expectedTries !== undefined) {
    requireInteger(`${argument}.expectedTries`, expectedTries, 1, MAX_TRIES);
  }
  if (bind !== undefined) {
    requireObject(`${argument}.bind`, bind);
    refuseUnknown(`${argument}.bind`, bind, BIND_FIELDS);
    for (const [name, value] of Object.entries(bind)) {
      if (typeof value !== 'boolean') throw mustBe(`${argument}.bind.${name}`, value, 'true or false');
    }
  }
  if (scope !== undefined) requireFunction(`${argument}.scope`, scope);
  if (skip !== undefined) requireFunction(`${argument}.skip`, skip);
  const given = typeof expectedTries === 'number' ? () => expectedTries : expectedTries;
  return {
    price: given ?? base?.price ?? (() => DEFAULT_TRIES),
    bind: { ...(bind ?? base?.bind) },
    scope: scope ?? base?.scope,
    skip: skip ?? base?.skip,
  };
}

/** Returns only the options of a route. */
export function pick(options: RouteOptions): RouteOptions {
  const picked = Object.entries(options).filter(([name]) => Object.hasOwn(ROUTE_FIELDS, name));
  return Object.fromEntries(picked);
}
