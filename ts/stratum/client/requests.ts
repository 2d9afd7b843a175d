/** The requests of a connection that wait for an answer. */
import type { ServerMessage } from './messages.ts';
import type { FoundShare } from './search.ts';

export type Answer = Extract<ServerMessage, { kind: 'answer' }>;

interface Waiting {
  readonly share: FoundShare | undefined;
  readonly take: (answer: Answer) => void;
  readonly sentAtMs: number;
}

export class Requests {
  readonly #waiting = new Map<unknown, Waiting>();
  #id = 0;

  get size(): number {
    return this.#waiting.size;
  }

  /** The shares that were not answered, in the order in which they were sent. */
  get shares(): readonly FoundShare[] {
    return [...this.#waiting.values()].flatMap(({ share }) => share ?? []);
  }

  /** Since when the oldest share waits, on the clock of `performance.now()`. Some servers never answer other requests. */
  get oldestShareMs(): number | undefined {
    for (const { share, sentAtMs } of this.#waiting.values()) if (share !== undefined) return sentAtMs;
    return undefined;
  }

  /** Remembers who takes the answer. Returns the line of the request. */
  add(
    method: string,
    params: readonly unknown[],
    take: (answer: Answer) => void,
    share: FoundShare | undefined,
  ): string {
    this.#id += 1;
    this.#waiting.set(this.#id, { share, take, sentAtMs: performance.now() });
    return `${JSON.stringify({ id: this.#id, method, params })}\n`;
  }

  /** Hands an answer to who waits for it. Answers to nothing are ignored. */
  answer(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    waiting?.take(answer);
  }
}
