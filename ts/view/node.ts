/** Talks to the node that has served the page. */
import type {
  BlockCard,
  BlocksEvent,
  Found,
  Reorganisation,
  ReorganisationDetail,
  Snapshot,
  Window,
  WorkEvent,
} from './messages.ts';

export type ConnectionState = 'connecting' | 'live' | 'lost' | 'opening' | 'full' | 'refused';

export interface FeedHandlers {
  onState(state: ConnectionState): void;
  onSnapshot(snapshot: Snapshot): void;
  onBlocks(event: BlocksEvent): void;
  onWork(event: WorkEvent): void;
  onReorganisation(reorganisation: Reorganisation): void;
}

/** The node sends something at least every second. */
const SILENCE_MS = 8_000;
const RETRY_MS = 2_000;
/** A page that nobody looks at gives up its place. */
const HIDDEN_MS = 60_000;
const STATES: Readonly<Record<number, ConnectionState>> = { 401: 'refused', 503: 'opening' };

/** Exchanges the code in the address, if there is one, for a session, and removes it from the address. */
export async function signIn(): Promise<void> {
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  if (code === null) return;
  history.replaceState(null, '', location.pathname);
  // On a loopback address no session is needed, and the code means nothing.
  await fetch('/view/session', { method: 'POST', headers: { 'x-qanto-code': code } });
}

/** Follows the events of the node. Connects again when the connection is lost, and continues after the last event. */
export class Feed {
  readonly #handlers: FeedHandlers;
  #source: EventSource | undefined;
  #lastId = '';
  #lastHeardMs = 0;
  #retry = 0;
  #hidden = 0;

  constructor(handlers: FeedHandlers) {
    this.#handlers = handlers;
    setInterval(() => {
      if (this.#source && performance.now() - this.#lastHeardMs > SILENCE_MS) this.#reconnect('lost', 0);
    }, 1000);
    document.addEventListener('visibilitychange', () => {
      clearTimeout(this.#hidden);
      if (document.hidden) this.#hidden = setTimeout(() => this.#disconnect(), HIDDEN_MS);
      else if (this.#source === undefined) this.connect();
    });
  }

  connect(): void {
    this.#disconnect();
    this.#lastHeardMs = performance.now();
    const source = new EventSource(
      `/view/events${this.#lastId && `?after=${encodeURIComponent(this.#lastId)}`}`,
    );
    this.#source = source;
    const on = <Data>(name: string, handle: (data: Data) => void) =>
      source.addEventListener(name, (event: MessageEvent<string>) => {
        this.#lastId = event.lastEventId;
        this.#lastHeardMs = performance.now();
        this.#handlers.onState('live');
        handle(JSON.parse(event.data) as Data);
      });
    on('snapshot', this.#handlers.onSnapshot);
    on('blocks', this.#handlers.onBlocks);
    on('work', this.#handlers.onWork);
    on('reorganisation', this.#handlers.onReorganisation);
    source.addEventListener('error', () => void this.#explain());
  }

  /** Finds out why the node has refused the stream, which an EventSource does not say, and tries again. */
  async #explain(): Promise<void> {
    this.#reconnect('lost', RETRY_MS);
    try {
      const response = await fetch('/view/state');
      const isFull = response.ok && ((await response.json()) as { isFull: boolean }).isFull;
      const state = isFull ? 'full' : STATES[response.status];
      if (state && this.#source === undefined) this.#handlers.onState(state);
    } catch {
      // The node does not answer, which the page says already.
    }
  }

  #reconnect(state: ConnectionState, afterMs: number): void {
    this.#disconnect();
    this.#handlers.onState(state);
    this.#retry = setTimeout(() => this.connect(), afterMs);
  }

  #disconnect(): void {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = undefined;
  }
}

/** What the node says about a question that it cannot answer. */
export class NodeError extends Error {}

async function ask<Answer>(path: string): Promise<Answer> {
  const response = await fetch(path);
  const answer = (await response.json()) as Answer & { message?: string };
  if (!response.ok) throw new NodeError(answer.message ?? `the node answered with status ${response.status}`);
  return answer;
}

export const node = {
  block: (hash: string) => ask<BlockCard>(`/view/blocks/${hash}`),
  around: (hash: string) => ask<Window>(`/view/around/${hash}`),
  reorganisation: (id: number) => ask<ReorganisationDetail>(`/view/reorganisations/${id}`),
  seek: (from: string, kind: 'red' | 'group', direction: 'ahead' | 'back', size: number) =>
    ask<Found>(`/view/seek?from=${from}&kind=${kind}&direction=${direction}&size=${size}`),
};
