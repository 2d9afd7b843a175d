/** Reads what a Stratum server sends. Anything may arrive: each function returns undefined for what it cannot use. */
import { hexBytes, hexInteger } from '../protocol.ts';

/** The longest id of a job, and the most siblings on the path from the coinbase to the root: 2^32 transactions. */
const MAX_JOB_ID = 256;
const MAX_BRANCH = 32;
/** The most bytes of the extra nonces. The extranonce2 is counted, so one of 16 bytes never ends. */
const MAX_EXTRA_NONCE_1 = 64;
const MAX_EXTRA_NONCE_2 = 16;

/** A line: an answer to a request of the client, or a request or a notification of the server. */
export type ServerMessage =
  | { readonly kind: 'answer'; readonly id: unknown; readonly result: unknown; readonly error: unknown }
  | {
      readonly kind: 'call';
      readonly id: unknown;
      readonly method: string;
      readonly params: readonly unknown[];
    };

/** Reads a line. */
export function readServerMessage(line: string): ServerMessage | undefined {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return undefined;
  const { id = null, method, params, result = null, error = null } = message as Record<string, unknown>;
  if (typeof method === 'string')
    return { kind: 'call', id, method, params: Array.isArray(params) ? params : [] };
  return id === null && result === null && error === null ? undefined : { kind: 'answer', id, result, error };
}

/** The job that `mining.notify` describes. */
export interface RemoteJob {
  readonly id: string;
  /** The bytes 4 to 35 of the header. */
  readonly previous: Uint8Array;
  readonly coinbase1: Uint8Array;
  readonly coinbase2: Uint8Array;
  readonly branch: readonly Uint8Array[];
  readonly version: number;
  readonly bits: number;
  readonly time: number;
  /** Whether all earlier jobs are worthless. */
  readonly clean: boolean;
}

/** Reads the parameters of `mining.notify`. */
export function readJob(params: readonly unknown[]): RemoteJob | undefined {
  const [id, previous, first, second, siblings, ...rest] = params;
  const [version, bits, time] = rest.slice(0, 3).map(hexInteger);
  const previousBytes = hexBytes(previous, 32);
  const coinbase1 = hexOfAnyLength(first);
  const coinbase2 = hexOfAnyLength(second);
  if (typeof id !== 'string' || id.length > MAX_JOB_ID) return undefined;
  if (!Array.isArray(siblings) || siblings.length > MAX_BRANCH) return undefined;
  const branch = siblings.map((node) => hexBytes(node, 32));
  if (previousBytes === undefined || coinbase1 === undefined || coinbase2 === undefined) return undefined;
  if (version === undefined || bits === undefined || time === undefined) return undefined;
  if (!isComplete(branch)) return undefined;
  // The bytes of each word are sent in reverse.
  return {
    id,
    previous: previousBytes.swap32(),
    coinbase1,
    coinbase2,
    branch,
    version,
    bits,
    time,
    clean: rest[3] === true,
  };
}

function isComplete(branch: readonly (Buffer | undefined)[]): branch is readonly Buffer[] {
  return branch.every((node) => node !== undefined);
}

/** The part of the space that a connection searches. */
export interface ExtraNonceSpace {
  readonly extraNonce1: Uint8Array;
  /** The length of extranonce2 in bytes: from 1 to 16. */
  readonly extraNonce2Bytes: number;
}

/** Reads the parameters of `mining.set_extranonce`. */
export function readSpace([first, size]: readonly unknown[]): ExtraNonceSpace | undefined {
  const extraNonce1 = hexOfAnyLength(first);
  if (extraNonce1 === undefined || extraNonce1.length > MAX_EXTRA_NONCE_1) return undefined;
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 1 || size > MAX_EXTRA_NONCE_2)
    return undefined;
  return { extraNonce1, extraNonce2Bytes: size };
}

/** What `mining.subscribe` is answered with. */
export interface Subscription extends ExtraNonceSpace {
  /** With this id, the session can be resumed. */
  readonly session: string | undefined;
}

/** Reads the result of `mining.subscribe`. */
export function readSubscription(result: unknown): Subscription | undefined {
  if (!Array.isArray(result)) return undefined;
  const space = readSpace(result.slice(1));
  if (space === undefined) return undefined;
  const subscriptions: unknown[] = Array.isArray(result[0]) ? result[0] : [];
  // Some servers send one pair instead of a list of pairs.
  const pairs: unknown[] = typeof subscriptions[0] === 'string' ? [subscriptions] : subscriptions;
  const notify = pairs.find((pair) => Array.isArray(pair) && pair[0] === 'mining.notify');
  const session: unknown = Array.isArray(notify) ? notify[1] : undefined;
  return { ...space, session: typeof session === 'string' && session.length <= 128 ? session : undefined };
}

/** The mask of version bits that the answer to `mining.configure` grants: 0 if none. */
export function readGrantedMask(result: unknown): number {
  if (typeof result !== 'object' || result === null) return 0;
  const granted = result as Record<string, unknown>;
  return granted['version-rolling'] === true ? (hexInteger(granted['version-rolling.mask']) ?? 0) : 0;
}

/** The error of an answer: its number and text. */
export function readError(error: unknown): { readonly number: number; readonly text: string } {
  if (Array.isArray(error)) return { number: Number(error[0]) || 20, text: String(error[1] ?? '') };
  if (typeof error === 'object' && error !== null) {
    const { code, message } = error as Record<string, unknown>;
    return { number: Number(code) || 20, text: typeof message === 'string' ? message : '' };
  }
  return { number: 20, text: typeof error === 'string' ? error : '' };
}

function hexOfAnyLength(value: unknown): Buffer | undefined {
  return typeof value === 'string' && value.length % 2 === 0 ? hexBytes(value, value.length / 2) : undefined;
}
