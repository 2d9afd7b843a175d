/** The open streams of events, and the last events for those that come back. */
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';

export const MAX_VIEWERS = 20;
/** A viewer that has not read this many bytes is dropped. A snapshot is shorter. */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;
const MAX_EVENTS = 1000;
const MAX_EVENT_BYTES = 4 * 1024 * 1024;
/** Less than the time after which the server ends a connection on which nothing was sent. */
const HEARTBEAT_MS = 5_000;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  // A proxy that waits for more of the stream would delay the events.
  'x-accel-buffering': 'no',
};

interface Sent {
  readonly id: number;
  readonly frame: string;
}

/**
 * Sends each event to all viewers as one text, so that it is encoded once. Its id is `run.number`. A viewer that comes back
 * with the id of the last event that it received gets the events after it, if they are still here and are those of this run.
 */
export class Viewers {
  readonly #open = new Set<ServerResponse>();
  readonly #run = randomBytes(6).toString('base64url');
  readonly #events: Sent[] = [];
  #bytes = 0;
  #next = 1;
  #lastSentMs = 0;

  get size(): number {
    return this.#open.size;
  }

  /**
   * Opens a stream. `snapshot` returns the JSON that stands for all events so far.
   *
   * @param lastId the id of the last event that the viewer received
   */
  open(response: ServerResponse, lastId: string | undefined, snapshot: () => string): void {
    response.writeHead(200, HEADERS);
    const missed = this.#after(lastId);
    const frames = missed ?? [frameOf('snapshot', this.#idOf(this.#next - 1), snapshot())];
    // The time after which a browser connects again.
    response.write(`retry: 1000\n\n${frames.join('')}`);
    this.#open.add(response);
    response.once('close', () => this.#open.delete(response));
  }

  send(event: string, data: string): void {
    const id = this.#next++;
    const frame = frameOf(event, this.#idOf(id), data);
    this.#events.push({ id, frame });
    this.#bytes += frame.length;
    while (this.#events.length > MAX_EVENTS || this.#bytes > MAX_EVENT_BYTES) {
      this.#bytes -= this.#events.shift()!.frame.length;
    }
    this.#write(frame);
  }

  /** Sends a comment if nothing was sent for a while, so that neither side believes that the other has gone. */
  heartbeat(): void {
    if (performance.now() - this.#lastSentMs >= HEARTBEAT_MS) this.#write(':\n\n');
  }

  /** Forgets the events: a viewer that comes back later gets a snapshot. */
  forget(): void {
    this.#events.length = 0;
    this.#bytes = 0;
    // The next event does not follow the last one that was sent.
    this.#next++;
  }

  close(): void {
    for (const response of this.#open) response.end();
    this.#open.clear();
  }

  #write(frame: string): void {
    this.#lastSentMs = performance.now();
    for (const response of this.#open) {
      if (response.writableLength > MAX_UNSENT_BYTES) response.destroy();
      else response.write(frame);
    }
  }

  /** The events after one. Undefined if some of them are missing. */
  #after(lastId: string | undefined): string[] | undefined {
    const [run, number] = lastId?.split('.') ?? [];
    const last = Number(number);
    if (run !== this.#run || !Number.isInteger(last) || last >= this.#next) return undefined;
    const first = this.#events[0]?.id ?? this.#next;
    if (last < first - 1) return undefined;
    return this.#events.slice(last + 1 - first).map(({ frame }) => frame);
  }

  #idOf(number: number): string {
    return `${this.#run}.${number}`;
  }
}

function frameOf(event: string, id: string, data: string): string {
  // JSON has no line breaks, which would end the data.
  return `event: ${event}\nid: ${id}\ndata: ${data}\n\n`;
}
