/** The sessions of a server: which are in use, and which a miner may resume. */
import { EXTRA_NONCE_1_BYTES } from './job.ts';
import { Session } from './session.ts';
import { type DifficultyRule, VariableDifficulty } from './variable-difficulty.ts';

const { randomBytes } = process.getBuiltinModule('node:crypto');

/** A session can be resumed for this time after its connection has ended. */
const RESUMABLE_MS = 600_000;
const MAX_RESUMABLE = 10_000;

export class Sessions {
  readonly #rule: DifficultyRule;
  readonly #startDifficulty: number;
  /** Sessions without a connection, by id, and when they ended; oldest first. */
  readonly #resumable = new Map<string, { readonly session: Session; readonly endedAtMs: number }>();
  /** The extra nonces of all sessions, so that no two miners do the same work. */
  readonly #taken = new Set<number>();
  #nextExtraNonce = randomBytes(EXTRA_NONCE_1_BYTES).readUInt32BE();

  constructor(rule: DifficultyRule, startDifficulty: number) {
    this.#rule = rule;
    this.#startDifficulty = startDifficulty;
  }

  /** The session of this id, if it can be resumed, or a new one. Times are in ms, from a monotonic clock. */
  begin(id: string | undefined, nowMs: number): Session {
    this.#forget(nowMs);
    const resumed = id === undefined ? undefined : this.#resumable.get(id)?.session;
    if (resumed !== undefined) {
      this.#resumable.delete(resumed.id);
      return resumed;
    }
    while (this.#taken.has(this.#nextExtraNonce)) this.#nextExtraNonce = (this.#nextExtraNonce + 1) >>> 0;
    this.#taken.add(this.#nextExtraNonce);
    const extraNonce1 = Buffer.alloc(EXTRA_NONCE_1_BYTES);
    extraNonce1.writeUInt32BE(this.#nextExtraNonce);
    const variable = new VariableDifficulty(this.#rule, this.#startDifficulty, nowMs);
    return new Session(randomBytes(16).toString('hex'), extraNonce1, variable);
  }

  /** The numbers of sessions that have a connection, and of those that a miner may resume. */
  get counts(): { readonly connected: number; readonly resumable: number } {
    const resumable = this.#resumable.size;
    return { connected: this.#taken.size - resumable, resumable };
  }

  /** The connection of the session has ended. */
  end(session: Session, nowMs: number): void {
    this.#resumable.set(session.id, { session, endedAtMs: nowMs });
    this.#forget(nowMs);
  }

  #forget(nowMs: number): void {
    for (const [id, { session, endedAtMs }] of this.#resumable) {
      if (nowMs - endedAtMs < RESUMABLE_MS && this.#resumable.size <= MAX_RESUMABLE) return;
      this.#resumable.delete(id);
      this.#taken.delete(session.extraNonce1.readUInt32BE());
    }
  }
}
