/** One connection of a client: logs in, reads jobs, and submits shares. */
import type { Socket } from 'node:net';
import { LineReader } from '../../line-reader.ts';
import { VERSION_ROLLING_MASK } from '../../pow/version-rolling.ts';
import { printable } from '../../printable.ts';
import { targetOfDifficulty } from '../difficulty.ts';
import { hex8 } from '../job.ts';
import {
  answerLine,
  errorLine,
  hexInteger,
  isId,
  positiveNumber,
  type RefusalCode,
  RefusedError,
  refusalCodeOf,
} from '../protocol.ts';
import type { Endpoint } from './endpoint.ts';
import { StratumClientError, type StratumClientFailure } from './errors.ts';
import {
  type ExtraNonceSpace,
  readError,
  readGrantedMask,
  readJob,
  readServerMessage,
  readSpace,
  readSubscription,
  type ServerMessage,
} from './messages.ts';
import type { CheckedClientOptions } from './options.ts';
import { type Redirect, readRedirect } from './redirect.ts';
import { type Answer, Requests } from './requests.ts';
import type { FoundShare } from './search.ts';
import type { Work } from './work.ts';

const net = process.getBuiltinModule('node:net');
const tls = process.getBuiltinModule('node:tls');

const AGENT = 'qanto';
/** A job of a large block has less than 10 KiB. */
const MAX_LINE_BYTES = 65_536;
/** The server must have authorized the user after this time. */
const LOGIN_MS = 30_000;
/** A server that answers none of so many requests is given up. */
const MAX_UNANSWERED = 1000;
/** A server that leaves so many bytes unread is given up, since what it asks for would fill the memory. */
const MAX_UNSENT_BYTES = 262_144;
const MAX_MESSAGE = 1000;

/** Epochs ascend over all connections, so that a share of an earlier connection is not taken for one of a later. */
let lastEpoch = 0;

/** How a share was answered. */
export type ShareAnswer =
  | { readonly outcome: 'accepted' }
  | { readonly outcome: 'rejected'; readonly reason: RefusalCode; readonly text: string };

/** Why a connection ended. */
export interface ConnectionEnd {
  /** Undefined if the client closed the connection, or the server asked it to connect again. */
  readonly error?: StratumClientError;
  readonly redirect?: Redirect;
}

export interface ConnectionEvents {
  readonly onAuthorized: (space: ExtraNonceSpace, session: string | undefined) => void;
  readonly onWork: (work: Work) => void;
  readonly onAnswer: (share: FoundShare, answer: ShareAnswer) => void;
  readonly onMessage: (text: string) => void;
}

export class ClientConnection {
  readonly #endpoint: Endpoint;
  readonly #options: CheckedClientOptions;
  readonly #events: ConnectionEvents;
  readonly #session: string | undefined;
  readonly #socket: Socket;
  readonly #requests = new Requests();
  #lines = 0;
  #space: ExtraNonceSpace | undefined;
  #newSession: string | undefined;
  #mask = 0;
  #difficulty = 1;
  #epoch = ++lastEpoch;
  #work: Work | undefined;
  #authorized = false;
  #timer: NodeJS.Timeout;
  #end: ((end: ConnectionEnd) => void) | undefined;
  /** Resolves when the connection has ended. */
  readonly ended: Promise<ConnectionEnd>;

  constructor(
    endpoint: Endpoint,
    options: CheckedClientOptions,
    session: string | undefined,
    events: ConnectionEvents,
  ) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#session = session;
    this.#events = events;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const { host, port } = endpoint;
    const socket = endpoint.tls
      ? tls.connect({ host, port, ...(net.isIP(host) === 0 && { servername: host }) })
      : net.connect({ host, port });
    this.#socket = socket;
    socket.setNoDelay(true).setKeepAlive(true);
    socket.once(endpoint.tls ? 'secureConnect' : 'connect', () => this.#logIn());
    socket.on('error', (cause) => this.#fail('lost', `the connection failed: ${cause.message}`, { cause }));
    socket.on('close', () => this.#fail('lost', 'the server closed the connection'));
    const reader = new LineReader(
      MAX_LINE_BYTES,
      (maximum) => new RangeError(`a line has more than ${maximum} bytes`),
    );
    socket.on('data', (chunk: Buffer) => this.#read(reader, chunk));
    const loginMs = Math.min(LOGIN_MS, options.timeoutMs);
    this.#timer = setTimeout(
      () => this.#fail('silent', `the server has authorized nobody for ${loginMs} ms`),
      loginMs,
    );
  }

  /** The shares that were not answered, in the order in which they were sent. */
  get unanswered(): readonly FoundShare[] {
    return this.#requests.shares;
  }

  submit(share: FoundShare): void {
    const { work, extraNonce2, nonce, version } = share;
    const params = [
      this.#options.user,
      work.job.id,
      extraNonce2.toString('hex'),
      hex8(work.job.time),
      hex8(nonce),
    ];
    if (version !== undefined) params.push(hex8((version & work.mask) >>> 0));
    const take = ({ result, error }: Answer) => {
      if (result === true && error === null) {
        this.#events.onAnswer(share, { outcome: 'accepted' });
        return;
      }
      const { number, text } = readError(error);
      const answer = { outcome: 'rejected', reason: refusalCodeOf(number), text: shown(text) } as const;
      this.#events.onAnswer(share, answer);
    };
    this.#request('mining.submit', params, take, share);
  }

  /** Ends the connection. */
  close(end: ConnectionEnd = {}): void {
    if (this.#end === undefined) return;
    clearTimeout(this.#timer);
    this.#socket.destroy();
    this.#end(end);
    this.#end = undefined;
  }

  #fail(
    failure: StratumClientFailure,
    problem: string,
    options?: { final?: boolean; cause?: unknown },
  ): void {
    this.close({ error: new StratumClientError(failure, this.#endpoint.url, problem, options) });
  }

  #request(
    method: string,
    params: readonly unknown[],
    take: (answer: Answer) => void,
    share?: FoundShare,
  ): void {
    if (this.#requests.size >= MAX_UNANSWERED) {
      this.#fail('silent', `the server has not answered ${MAX_UNANSWERED} requests`);
      return;
    }
    this.#write(this.#requests.add(method, params, take, share));
  }

  #logIn(): void {
    if (this.#options.versionRolling) {
      const parameters = {
        'version-rolling.mask': hex8(VERSION_ROLLING_MASK),
        'version-rolling.min-bit-count': 1,
      };
      this.#request('mining.configure', [['version-rolling'], parameters], ({ result }) => {
        this.#setMask(readGrantedMask(result));
      });
    }
    this.#subscribe(this.#session === undefined ? [AGENT] : [AGENT, this.#session]);
  }

  #subscribe(params: readonly string[]): void {
    this.#request('mining.subscribe', params, ({ result, error }) => {
      const subscription = readSubscription(result);
      if (subscription === undefined) {
        // Some servers take no parameters.
        if (error !== null && params.length > 0) {
          this.#subscribe([]);
          return;
        }
        const problem = error === null ? shown(JSON.stringify(result)) : shown(readError(error).text);
        this.#fail('protocol', `mining.subscribe was answered with ${problem}`);
        return;
      }
      this.#space = subscription;
      this.#newSession = subscription.session;
      this.#authorize();
    });
  }

  #authorize(): void {
    const { user, password } = this.#options;
    this.#request('mining.authorize', [user, password], ({ result, error }) => {
      if (result !== true || error !== null) {
        const reason = shown(readError(error).text) || 'no reason is given';
        const problem = `the server refuses the user ${JSON.stringify(user)}: ${reason}`;
        this.#fail('unauthorized', problem, { final: true });
        return;
      }
      this.#authorized = true;
      this.#expectLine();
      this.#request('mining.extranonce.subscribe', [], () => {});
      if (this.#space !== undefined) this.#events.onAuthorized(this.#space, this.#newSession);
      if (this.#work !== undefined) this.#events.onWork(this.#work);
    });
  }

  #expectLine(): void {
    clearTimeout(this.#timer);
    if (this.#end === undefined) return;
    const { timeoutMs } = this.#options;
    this.#timer = setTimeout(
      () => this.#fail('silent', `the server has sent nothing for ${timeoutMs} ms`),
      timeoutMs,
    );
  }

  #read(reader: LineReader, chunk: Buffer): void {
    try {
      for (const line of reader.push(chunk)) {
        if (this.#end === undefined) return;
        this.#readLine(line.toString('utf8').trim());
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#fail('protocol', error.message);
    }
  }

  #readLine(line: string): void {
    this.#lines += 1;
    if (this.#lines === 1 && line.startsWith('HTTP/')) {
      this.#fail('protocol', 'the server speaks HTTP and not Stratum', {
        final: true,
      });
      return;
    }
    if (line === '') return;
    const message = readServerMessage(line);
    if (message === undefined) {
      this.#fail('protocol', `the server sent ${shown(line)}`);
      return;
    }
    if (this.#authorized) this.#timer.refresh();
    const { timeoutMs } = this.#options;
    if (performance.now() - (this.#requests.oldestShareMs ?? Infinity) > timeoutMs) {
      this.#fail('silent', `the server has not answered a share for ${timeoutMs} ms`);
      return;
    }
    if (message.kind === 'call') {
      this.#serve(message);
      return;
    }
    this.#requests.answer(message);
  }

  #serve({ id, method, params }: Extract<ServerMessage, { kind: 'call' }>): void {
    const unusable = () =>
      this.#fail('protocol', `${method} has unusable parameters: ${shown(JSON.stringify(params))}`);
    switch (method) {
      case 'mining.notify':
        this.#notified(params, unusable);
        return;
      case 'mining.set_difficulty': {
        const difficulty = positiveNumber(params[0]);
        if (difficulty === undefined) {
          unusable();
          return;
        }
        // It holds from the next job on.
        this.#difficulty = difficulty;
        return;
      }
      case 'mining.set_extranonce': {
        const space = readSpace(params);
        if (space === undefined) {
          unusable();
          return;
        }
        this.#space = space;
        return;
      }
      case 'mining.set_version_mask': {
        const mask = hexInteger(params[0]);
        if (mask === undefined) {
          unusable();
          return;
        }
        this.#setMask(mask);
        return;
      }
      case 'client.reconnect':
        this.#redirected(params);
        return;
      case 'client.show_message':
        this.#events.onMessage(shown(String(params[0] ?? '')));
        return;
      case 'client.get_version':
        this.#reply(id, AGENT);
        return;
      case 'mining.ping':
        this.#reply(id, 'pong');
        return;
      default:
        if (id !== null && isId(id))
          this.#write(errorLine(id, new RefusedError('other', 'the method is unknown')));
    }
  }

  /** An id that is too long is not sent back, so the server gets no answer. */
  #reply(id: unknown, result: string): void {
    if (isId(id)) this.#write(answerLine(id, result));
  }

  #write(line: string): void {
    if (this.#socket.writableLength > MAX_UNSENT_BYTES) {
      this.#fail('silent', `the server has left ${this.#socket.writableLength} bytes unread`);
      return;
    }
    this.#socket.write(line);
  }

  #setMask(mask: number): void {
    this.#mask = this.#options.versionRolling ? (mask & VERSION_ROLLING_MASK) >>> 0 : 0;
  }

  #notified(params: readonly unknown[], unusable: () => void): void {
    const job = readJob(params);
    if (job === undefined || this.#space === undefined) {
      unusable();
      return;
    }
    if (job.clean) this.#epoch = ++lastEpoch;
    this.#work = {
      job,
      space: this.#space,
      difficulty: this.#difficulty,
      target: targetOfDifficulty(this.#difficulty),
      mask: this.#mask,
      epoch: this.#epoch,
    };
    if (this.#authorized) this.#events.onWork(this.#work);
  }

  #redirected(params: readonly unknown[]): void {
    const redirect = readRedirect(params, this.#endpoint);
    if (typeof redirect === 'string') this.#events.onMessage(shown(redirect));
    else this.close({ redirect });
  }
}

/** Text from the server that may be printed. */
function shown(text: string | undefined): string {
  return printable((text ?? '').slice(0, MAX_MESSAGE));
}
