/** What a server for JSON-RPC answers with, and the requests that it is answering. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'qanto/telemetry';
import type { ControlMethods } from '../control/methods.ts';
import { CORE_CODES, coreCodeOf, RpcMethodError } from './codes.ts';
import { answerBody, type HttpAnswer } from './json-rpc.ts';

/** The time in which clients can read their answers when the server is closed. */
const LINGER_MS = 2_000;

/** The number of answers for a method. A method that does not exist is `unknown`. */
export interface AnswerCount {
  readonly method: string;
  readonly outcome: 'error' | 'ok';
  readonly count: number;
}

export class Answers {
  /** `user:password`. Undefined until there is a token. */
  credentials: string | undefined;
  /** Undefined while the node is being opened. */
  methods: ControlMethods | undefined;
  longPolls = (): number => 0;
  readonly #logger: Logger;
  readonly #counts = new Map<string, AnswerCount>();
  readonly #calls = new Set<AbortController>();
  readonly #unsent = new Set<Promise<unknown>>();
  readonly #pending = new Set<Promise<unknown>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get counts(): readonly AnswerCount[] {
    return [...this.#counts.values()];
  }

  /** The number of requests that are being answered. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Answers the body of a request. Its methods are aborted when the response is closed. */
  async answer(
    body: Uint8Array | undefined,
    agent: string | undefined,
    response: ServerResponse,
  ): Promise<HttpAnswer> {
    const call = new AbortController();
    this.#calls.add(call);
    const closed = once(response, 'close').finally(() => {
      call.abort(new RpcMethodError(CORE_CODES.notConnected, 'the client has gone'));
      this.#calls.delete(call);
      this.#unsent.delete(closed);
    });
    this.#unsent.add(closed);
    const answered = answerBody(body, {
      methods: this.methods,
      call: { signal: call.signal, agent, progress() {} },
      onAnswer: (method, error) => this.#count(method, error),
    });
    this.#pending.add(answered);
    try {
      return await answered;
    } finally {
      this.#pending.delete(answered);
    }
  }

  /** Aborts what can be aborted, and resolves when all requests have been answered and, within a limit, their answers are sent. */
  async end(): Promise<void> {
    const reason = new RpcMethodError(CORE_CODES.notConnected, 'Shutting down');
    for (const call of this.#calls) call.abort(reason);
    await Promise.all(this.#pending);
    const sent = new AbortController();
    const late = delay(LINGER_MS, undefined, { signal: sent.signal }).catch(() => {});
    await Promise.race([Promise.allSettled(this.#unsent), late]);
    sent.abort();
  }

  #count(method: string, error: unknown): void {
    if (error !== undefined && coreCodeOf(error) === CORE_CODES.internal) {
      this.#logger.error('a method of JSON-RPC failed', { method, error });
    }
    const known = this.methods?.describe(method) === undefined ? 'unknown' : method;
    const outcome = error === undefined ? 'ok' : 'error';
    const key = `${known} ${outcome}`;
    const count = (this.#counts.get(key)?.count ?? 0) + 1;
    this.#counts.set(key, { method: known, outcome, count });
  }
}
