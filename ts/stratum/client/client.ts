/** A client of any Stratum v1 server: it turns a machine into a miner for it. */
import { Backoff } from '../../miner/backoff.ts';
import { HashRateMeter } from '../../miner/hash-rate.ts';
import { DIFFICULTY_1_TARGET } from '../../pow/targets.ts';
import type { RefusalCode } from '../protocol.ts';
import { ClientConnection, type ConnectionEnd, type ShareAnswer } from './connection.ts';
import type {
  StratumClientEvents,
  StratumClientState,
  StratumClientStatus,
  StratumShareReport,
} from './events.ts';
import type { ExtraNonceSpace } from './messages.ts';
import { type CheckedClientOptions, checkClientOptions, type StratumClientOptions } from './options.ts';
import { type FoundShare, WorkSearch } from './search.ts';
import { variantsOf, type Work } from './work.ts';

const { EventEmitter } = process.getBuiltinModule('node:events');
const { setTimeout: delay } = process.getBuiltinModule('node:timers/promises');

/** On `stop()`, the answers to sent shares are awaited for this time. */
const LINGER_MS = 2000;
/** The search waits while this many shares are unanswered: on a test network a share may take only a few hashes. */
const MAX_UNANSWERED = 64;
/** Shares that wait for a connection. */
const MAX_WAITING = 1000;

/**
 * A client of a Stratum v1 server that is mined with sha256d. It hashes on qanto's own threads, connects again when the
 * connection is lost, and only ever to the host of its URL. Shares without an answer are sent again if the server resumes the
 * session, and otherwise reported as lost.
 */
export class StratumClient extends EventEmitter<StratumClientEvents> {
  readonly #options: CheckedClientOptions;
  readonly #backoff: Backoff;
  readonly #search: WorkSearch;
  readonly #meter = new HashRateMeter();
  readonly #rejected: Partial<Record<RefusalCode, number>> = {};
  readonly #counts = { accepted: 0, stale: 0, lost: 0 };
  /** The shares of earlier connections without an answer, and those found without a connection. */
  #waiting: FoundShare[] = [];
  readonly #sentAgain = new WeakSet<FoundShare>();
  #endpoint: CheckedClientOptions['endpoint'];
  #session: string | undefined;
  #connection: ClientConnection | undefined;
  #work: Work | undefined;
  #state: StratumClientState = 'stopped';
  #hashes = 0;
  #best: number | undefined;
  #connections = 0;
  #running: Promise<void> | undefined;
  readonly #stop = new AbortController();
  /** Called when a share was answered or the connection has ended. */
  #answered: (() => void) | undefined;
  #continue: (() => void) | undefined;

  /** Throws `ERR_QANTO_INVALID_ARGUMENT`. */
  constructor(options: StratumClientOptions) {
    super();
    this.#options = checkClientOptions(options);
    this.#endpoint = this.#options.endpoint;
    this.#backoff = new Backoff(this.#options.backoff);
    const { solve, threads } = this.#options;
    this.#search = new WorkSearch({
      solve,
      threads,
      onShare: (share) => this.#found(share),
      ready: () => this.#ready(),
      onHashes: (hashes) => {
        this.#hashes += hashes;
        this.#meter.progress(this.#hashes, performance.now());
      },
    });
  }

  /** Returns a snapshot of the client. */
  status(): StratumClientStatus {
    const unanswered = this.#waiting.length + (this.#connection?.unanswered.length ?? 0);
    return {
      state: this.#state,
      url: this.#endpoint.url,
      job: this.#work?.job.id,
      difficulty: this.#work?.difficulty,
      hashes: this.#hashes,
      hashesPerSecond: this.#meter.hashesPerSecond,
      shares: { ...this.#counts, rejected: { ...this.#rejected }, unanswered },
      bestShare: this.#best,
      connections: this.#connections,
    };
  }

  /**
   * Connects and mines until {@link stop} is called; then the promise resolves. It rejects with
   * `ERR_QANTO_STRATUM_UNAUTHORIZED` if the server refuses the user, with `ERR_QANTO_STRATUM_PROTOCOL` if it speaks HTTP,
   * and with the error of a search that fails. After all other errors, the client connects again. A second call returns the same promise.
   */
  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  /** Ends the search at once, waits up to 2 s for the answers to sent shares, and closes the connection. */
  async stop(): Promise<void> {
    this.#search.end();
    if (this.#connection !== undefined && this.#connection.unanswered.length > 0) await this.#lastAnswers();
    this.#stop.abort();
    this.#connection?.close();
    await this.#running?.catch(() => {});
  }

  #ready(): Promise<void> | undefined {
    if ((this.#connection?.unanswered.length ?? 0) < MAX_UNANSWERED) return undefined;
    return new Promise((resolve) => {
      this.#continue = resolve;
    });
  }

  #lastAnswers(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LINGER_MS);
      this.#answered = () => {
        if ((this.#connection?.unanswered.length ?? 0) > 0) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #run(): Promise<void> {
    const searching = this.#search.run();
    try {
      await Promise.race([this.#connectUntilStopped(), searching.then(() => new Promise<never>(() => {}))]);
    } finally {
      this.#search.end();
      this.#stop.abort();
      this.#connection?.close();
      this.#drop(() => true);
      this.#setState('stopped');
      await searching.catch(() => {});
    }
  }

  async #connectUntilStopped(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const { error, redirect } = await this.#connectOnce();
      if (this.#stop.signal.aborted) return;
      if (error?.final) throw error;
      const backoffMs = this.#backoff.fail(Math.random()) ?? this.#options.backoff.maxMs;
      const waitMs = Math.max(backoffMs, redirect?.waitMs ?? 0);
      if (redirect !== undefined) this.#endpoint = redirect.endpoint;
      // The port that the server has named may be wrong.
      else this.#endpoint = this.#options.endpoint;
      this.#setState('waiting');
      if (error !== undefined) this.emit('disconnected', error, waitMs);
      await delay(waitMs, undefined, { signal: this.#stop.signal }).catch(() => {});
    }
  }

  async #connectOnce(): Promise<ConnectionEnd> {
    this.#setState('connecting');
    const connection = new ClientConnection(this.#endpoint, this.#options, this.#session, {
      onAuthorized: (space, session) => this.#authorized(space, session),
      onWork: (work) => this.#take(work),
      onAnswer: (share, answer) => this.#takeAnswer(share, answer),
      onMessage: (text) => this.emit('message', text),
    });
    this.#connection = connection;
    const end = await connection.ended;
    this.#connection = undefined;
    this.#waiting.push(...connection.unanswered);
    this.#work = undefined;
    this.#meter.stop();
    this.#search.set(undefined);
    this.#answered?.();
    this.#continue?.();
    return end;
  }

  #authorized({ extraNonce1 }: ExtraNonceSpace, session: string | undefined): void {
    this.#connections += 1;
    this.#session = session;
    this.#setState('mining');
    this.#drop(({ work }) => Buffer.compare(work.space.extraNonce1, extraNonce1) !== 0);
    const shares = this.#waiting;
    this.#waiting = [];
    for (const share of shares) {
      this.#sentAgain.add(share);
      this.#connection?.submit(share);
    }
  }

  /** Gives up the shares without a connection that fit. */
  #drop(fits: (share: FoundShare) => boolean): void {
    const lost = this.#waiting.filter(fits);
    this.#waiting = this.#waiting.filter((share) => !lost.includes(share));
    for (const share of lost) this.#report(share, { outcome: 'lost' });
  }

  #take(work: Work): void {
    this.#backoff.reset();
    // The search of the earlier job ends before anything else happens.
    this.#work = work;
    this.#search.set(work);
    this.#meter.begin(performance.now());
    const { id, clean } = work.job;
    this.emit('job', { id, clean, difficulty: work.difficulty, versions: variantsOf(work) });
  }

  #found(share: FoundShare): void {
    if (this.#connection !== undefined && this.#work !== undefined) {
      if (share.work.epoch < this.#work.epoch) {
        this.#report(share, { outcome: 'stale' });
        return;
      }
      this.#connection.submit(share);
      return;
    }
    this.#waiting.push(share);
    if (this.#waiting.length > MAX_WAITING) this.#drop((other) => other === this.#waiting[0]);
  }

  #takeAnswer(share: FoundShare, answer: ShareAnswer): void {
    // A share that was sent twice was accepted the first time.
    const isKnown =
      answer.outcome === 'rejected' && answer.reason === 'duplicate' && this.#sentAgain.has(share);
    this.#report(share, isKnown ? { outcome: 'accepted' } : answer);
    this.#answered?.();
    this.#continue?.();
  }

  #report(share: FoundShare, answer: ShareAnswer | { readonly outcome: 'lost' | 'stale' }): void {
    const met = Number(DIFFICULTY_1_TARGET) / Number(share.value || 1n);
    if (answer.outcome === 'rejected')
      this.#rejected[answer.reason] = (this.#rejected[answer.reason] ?? 0) + 1;
    else this.#counts[answer.outcome] += 1;
    if (answer.outcome === 'accepted') this.#best = Math.max(met, this.#best ?? 0);
    const { job, difficulty } = share.work;
    const report: StratumShareReport = { ...answer, job: job.id, difficulty, met };
    this.emit('share', report);
  }

  #setState(state: StratumClientState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.emit('state', state);
  }
}
