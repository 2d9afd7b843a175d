/** A connection of a miner: what it may ask, and what it is told. */
import { VERSION_ROLLING_MASK } from '../pow/version-rolling.ts';
import { EXTRA_NONCE_2_BYTES, hex8, type Job } from './job.ts';
import {
  answerLine,
  errorLine,
  type MessageId,
  notification,
  parseMessage,
  positiveNumber,
  type RefusalCode,
  RefusedError,
  type Request,
} from './protocol.ts';
import type { Session } from './session.ts';
import { checkShare, readSubmission, type Share } from './shares.ts';
import type { Tally } from './tally.ts';
import type { Worker } from './worker.ts';

/** What a connection needs of the server. */
export interface ConnectionHost {
  /** A monotonic time in ms. */
  now(): number;
  /** A session, which is that of this id if a miner may resume it. */
  session(id: string | undefined): Session;
  /** The worker of this name. Undefined if there are too many. */
  worker(name: string): Worker | undefined;
  /** The job to work on. */
  latestJob(): Job | undefined;
  /** A job whose shares are accepted. */
  job(id: string): Job | undefined;
  isKnownJob(id: string): boolean;
  /** The line of `mining.notify`. It is the same for all connections with the same address. */
  notifyLine(job: Job, address: string, clean: boolean): string;
  /** The shares of all workers. */
  readonly tally: Tally;
  /** A job was sent. */
  jobSent(): void;
  /** Asks for a new job soon, with which a new difficulty can be sent. */
  renewJob(): void;
  /** A share was accepted. Resolves when its block, if it is one, is in the DAG, or has been refused. */
  accepted(share: Share, worker: Worker): Promise<void>;
  /** A share that cost hashes was refused. Returns false if the miner is banned. */
  spend(): boolean;
}

/** The wire of a connection. */
export interface Wire {
  /** Calls `onSent` when the system has taken the line, or cannot. */
  write(line: string, onSent?: () => void): void;
  /** Ends the connection when what was written has been sent. */
  end(): void;
}

/** `ADDRESS` or `ADDRESS.WORKER`. */
const USER = /^([0-9a-f]{64})(?:\.([\x21-\x7e]{1,64}))?$/i;
const USER_FORM = 'the user must be ADDRESS or ADDRESS.WORKER, where ADDRESS is 64 hex digits';
/** A password may choose the difficulty, as in `d=0.5`. */
const CHOSEN_DIFFICULTY = /(?:^|[,;\s])d=([0-9.e+-]{1,24})(?:$|[,;\s])/i;
const MAX_WORKERS = 64;
/** Refused shares that cost the server hashes. */
const COSTLY: ReadonlySet<string> = new Set(['duplicate', 'low-difficulty']);

export class Connection {
  readonly #host: ConnectionHost;
  readonly #wire: Wire;
  readonly #workers = new Map<string, Worker>();
  #session: Session | undefined;
  #address: { readonly hex: string; readonly bytes: Uint8Array } | undefined;
  #versionMask = 0;
  /** Whether the miner has been sent its first job. */
  #hasJob = false;
  #suggested: number | undefined;

  constructor(host: ConnectionHost, wire: Wire) {
    this.#host = host;
    this.#wire = wire;
  }

  get session(): Session | undefined {
    return this.#session;
  }

  /** Whether the miner may be sent jobs. */
  get isReady(): boolean {
    return this.#session !== undefined && this.#address !== undefined;
  }

  /** The connection has ended. */
  ended(): void {
    for (const worker of this.#workers.values()) worker.connections -= 1;
    this.#workers.clear();
  }

  /** Handles a line. Resolves when it has been answered. Throws a SyntaxError if it is not a message. */
  async receive(line: string): Promise<void> {
    const request = parseMessage(line);
    if (request === undefined) return;
    try {
      await this.#answer(request);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      this.#wire.write(errorLine(request.id, error));
    }
  }

  /**
   * Sends a job, and the difficulty if it has changed. A difficulty applies to the jobs that follow it, so it changes only with a
   * job.
   */
  notify(job: Job, clean = false, onSent?: () => void): void {
    const session = this.#session!;
    if (!session.isFixed) session.variable.adjust(this.#host.now());
    const difficulty = Math.min(session.variable.difficulty, job.difficulty);
    if (session.given?.difficulty !== difficulty || !this.#hasJob) this.#give(difficulty);
    session.sent(job, (id) => this.#host.isKnownJob(id));
    this.#wire.write(this.#host.notifyLine(job, this.#address!.hex, clean), onSent);
    this.#host.jobSent();
    this.#hasJob = true;
  }

  #give(difficulty: number): void {
    this.#session!.give(difficulty);
    this.#wire.write(notification('mining.set_difficulty', [difficulty]));
  }

  /** Sends text that a miner shows to its user, and ends the connection. */
  dismiss(text: string): void {
    this.#wire.write(notification('client.show_message', [text]));
    this.#wire.end();
  }

  async #answer({ id, method, params }: Request): Promise<void> {
    switch (method) {
      case 'mining.subscribe':
        return this.#subscribe(id, params);
      case 'mining.authorize':
        return this.#authorize(id, params);
      case 'mining.submit':
        return this.#submit(id, params);
      case 'mining.configure':
        return this.#reply(id, this.#configure(params));
      case 'mining.suggest_difficulty':
        return this.#suggest(id, params);
      // The extra nonce of a connection never changes, and the other two say what a server need not know.
      case 'mining.extranonce.subscribe':
      case 'mining.capabilities':
      case 'mining.set_goal':
        return this.#reply(id, true);
      case 'mining.ping':
        return this.#reply(id, 'pong');
      default:
        throw new RefusedError('other', `the method ${JSON.stringify(method)} does not exist here`);
    }
  }

  #reply(id: MessageId, result: unknown): void {
    this.#wire.write(answerLine(id, result));
  }

  #subscribe(id: MessageId, [, sessionId]: readonly unknown[]): void {
    this.#session ??= this.#host.session(typeof sessionId === 'string' ? sessionId : undefined);
    const { id: session, extraNonce1 } = this.#session;
    const subscriptions = ['mining.set_difficulty', 'mining.notify'].map((name) => [name, session]);
    this.#reply(id, [subscriptions, extraNonce1.toString('hex'), EXTRA_NONCE_2_BYTES]);
    this.#begin();
  }

  #authorize(id: MessageId, [user, password]: readonly unknown[]): void {
    const [, address, worker] = (typeof user === 'string' && USER.exec(user)) || [];
    if (address === undefined) throw new RefusedError('unauthorized', USER_FORM);
    const hex = address.toLowerCase();
    if (this.#address !== undefined && this.#address.hex !== hex) {
      throw new RefusedError(
        'unauthorized',
        `this connection mines for ${this.#address.hex}; open another one`,
      );
    }
    const known = this.#workers.get(user as string);
    if (known === undefined) {
      // A worker that is refused must not take the place of another one.
      const named =
        this.#workers.size < MAX_WORKERS
          ? this.#host.worker(worker === undefined ? hex : `${hex}.${worker}`)
          : undefined;
      if (named === undefined) throw new RefusedError('unauthorized', 'there are too many workers');
      named.connections += 1;
      this.#workers.set(user as string, named);
    }
    this.#address ??= { hex, bytes: Buffer.from(hex, 'hex') };
    // Some miners take the first line for the answer, whatever it is.
    this.#reply(id, true);
    const [, chosen] = (typeof password === 'string' && CHOSEN_DIFFICULTY.exec(password)) || [];
    this.#suggested ??= positiveNumber(chosen);
    this.#begin(chosen !== undefined);
  }

  /** Sends the first job, or the difficulty that was chosen since. */
  #begin(isChosen = false): void {
    if (!this.isReady) return;
    const session = this.#session!;
    const job = this.#host.latestJob();
    if (this.#suggested !== undefined) {
      session.variable.set(this.#suggested, this.#host.now());
      session.isFixed ||= isChosen;
      this.#suggested = undefined;
      if (this.#hasJob && job !== undefined)
        this.#give(Math.min(session.variable.difficulty, job.difficulty));
    }
    if (!this.#hasJob && job !== undefined) this.notify(job, true);
  }

  /** Whether the miner has an easier difficulty than that of a block. */
  #canBeHarder(): boolean {
    const { given } = this.#session!;
    const job = this.#host.latestJob();
    return given !== undefined && job !== undefined && given.difficulty < job.difficulty;
  }

  #configure([extensions, parameters]: readonly unknown[]): object {
    const given = typeof parameters === 'object' && parameters !== null ? parameters : {};
    const parameter = (name: string) =>
      Object.hasOwn(given, name) ? (given as Record<string, unknown>)[name] : undefined;
    const result: Record<string, unknown> = {};
    const names = Array.isArray(extensions) ? extensions.slice(0, 16) : [];
    for (const name of names) {
      switch (name) {
        case 'version-rolling': {
          const asked = parameter('version-rolling.mask');
          const mask =
            typeof asked === 'string' && /^[0-9a-f]{1,8}$/i.test(asked)
              ? Number.parseInt(asked, 16)
              : 2 ** 32 - 1;
          this.#versionMask = (mask & VERSION_ROLLING_MASK) >>> 0;
          result[name] = true;
          result['version-rolling.mask'] = hex8(this.#versionMask);
          break;
        }
        case 'minimum-difficulty': {
          const minimum = positiveNumber(parameter('minimum-difficulty.value'));
          if (minimum !== undefined) this.#suggested = minimum;
          result[name] = minimum !== undefined;
          break;
        }
        case 'subscribe-extranonce':
          result[name] = true;
          break;
        default:
          if (typeof name === 'string' && name.length <= 64) result[name] = false;
      }
    }
    return result;
  }

  #suggest(id: MessageId, [suggested]: readonly unknown[]): void {
    const difficulty = positiveNumber(suggested);
    if (difficulty === undefined) throw new RefusedError('other', 'the difficulty must be a positive number');
    this.#reply(id, true);
    this.#suggested = difficulty;
    this.#begin();
  }

  /** An error for a share of which no worker is known. */
  #refused(code: RefusalCode, message: string): RefusedError {
    this.#host.tally.refuse(code);
    return new RefusedError(code, message);
  }

  async #submit(id: MessageId, params: readonly unknown[]): Promise<void> {
    const session = this.#session;
    if (session === undefined) throw this.#refused('not-subscribed', 'mining.subscribe comes first');
    const worker = typeof params[0] === 'string' ? this.#workers.get(params[0]) : undefined;
    if (worker === undefined)
      throw this.#refused('unauthorized', `${String(params[0]).slice(0, 64)} is not authorized here`);
    let share: Share;
    try {
      const submission = readSubmission(params, session, this.#versionMask, (job) => this.#host.job(job));
      const { target } = submission.job.template;
      share = checkShare(submission, this.#address!.bytes, session, target);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      worker.refuse(error.code);
      this.#host.tally.refuse(error.code);
      this.#wire.write(errorLine(id, error));
      if (COSTLY.has(error.code) && !this.#host.spend()) {
        this.dismiss('too many shares were refused; you may come back in ten minutes');
      }
      return;
    }
    const now = this.#host.now();
    worker.accept(share.difficulty, share.met, now);
    this.#host.tally.accept(share.difficulty, share.met, now);
    session.variable.accepted(share.difficulty);
    // Where blocks are rare, the next job may be half a minute away.
    if (!session.isFixed && session.variable.isFlooded(now) && this.#canBeHarder()) this.#host.renewJob();
    // A block is acknowledged when it is on disk.
    if (share.block !== undefined) await this.#host.accepted(share, worker);
    this.#reply(id, true);
  }
}
