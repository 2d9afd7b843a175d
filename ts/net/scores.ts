/** Scores of misbehaviour, which decay, and the bans that follow from them. */
import type { NetworkClock } from './transport.ts';

/** What a peer did, and what it counts. An orphan, a late block and a request that timed out count nothing. */
export const PENALTIES = {
  /** It sent a block or an inventory that breaks a rule of the header or of the DAG. */
  'invalid-block': 100,
  /** Its answer was malformed, too large, or not what was asked for. */
  'wrong-answer': 100,
  /** It announced a block and did not have it. */
  'useless-inventory': 10,
  /** It sent more inventories than the limit of a second allows. */
  flood: 20,
} as const;

/** Why a peer was given a score. */
export type Misbehaviour = keyof typeof PENALTIES | 'operator';

/** A ban of a peer. */
export interface Ban {
  /** The id of the peer. */
  readonly peer: string;
  /** What it did last, or `operator` if a person banned it. */
  readonly reason: Misbehaviour;
  /** When the ban ends: milliseconds since the Unix epoch. */
  readonly untilMs: number;
}

/** Keeps the bans over restarts. */
export interface BanStore {
  load(): Promise<readonly Ban[]>;
  /** Replaces what was kept. */
  save(bans: readonly Ban[]): Promise<void>;
}

/** A peer is banned when its score reaches this. */
export const BAN_SCORE = 100;
const HALF_LIFE_MS = 600_000;
const DEFAULT_BAN_MS = 86_400_000;
/** The number of peers whose scores, and of those whose bans are kept. Those that are oldest are forgotten first. */
const MOST_PEERS = 4096;

/** The scores and the bans of all peers. */
export class Scores {
  readonly #clock: NetworkClock;
  readonly #scores = new Map<string, { readonly score: number; readonly atMs: number }>();
  readonly #bans = new Map<string, Ban>();

  constructor(clock: NetworkClock) {
    this.#clock = clock;
  }

  /** Bans as they were kept. */
  restore(bans: readonly Ban[]): void {
    for (const ban of bans) this.#keep(ban);
  }

  /** The present score of a peer. It halves every ten minutes. */
  score(peer: string): number {
    const entry = this.#scores.get(peer);
    if (entry === undefined) return 0;
    return entry.score * 2 ** ((entry.atMs - this.#clock.monotonicMs()) / HALF_LIFE_MS);
  }

  /** Adds the penalty. Returns whether the peer is banned by it. */
  blame(peer: string, reason: keyof typeof PENALTIES): boolean {
    const score = this.score(peer) + PENALTIES[reason];
    this.#scores.delete(peer);
    this.#scores.set(peer, { score, atMs: this.#clock.monotonicMs() });
    forgetOldest(this.#scores);
    if (score < BAN_SCORE || this.isBanned(peer)) return false;
    this.ban(peer, reason);
    return true;
  }

  /** Bans a peer for 24 hours, or for another time in ms. */
  ban(peer: string, reason: Misbehaviour, durationMs = DEFAULT_BAN_MS): void {
    this.#keep({ peer, reason, untilMs: this.#clock.now() + durationMs });
  }

  /** Ends a ban, and forgets the score. Returns whether there was one. */
  unban(peer: string): boolean {
    this.#scores.delete(peer);
    return this.#bans.delete(peer);
  }

  isBanned(peer: string): boolean {
    return (this.#bans.get(peer)?.untilMs ?? 0) > this.#clock.now();
  }

  /** The bans that have not ended. */
  bans(): readonly Ban[] {
    return [...this.#bans.values()].filter(({ untilMs }) => untilMs > this.#clock.now());
  }

  #keep(ban: Ban): void {
    this.#bans.delete(ban.peer);
    this.#bans.set(ban.peer, ban);
    forgetOldest(this.#bans);
  }
}

function forgetOldest(map: Map<string, unknown>): void {
  if (map.size <= MOST_PEERS) return;
  const [oldest] = map.keys();
  map.delete(oldest!);
}
