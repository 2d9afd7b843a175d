/** Time that passes only when it is told to, so that hours of a network take seconds and each run is the same. */
import type { NetworkClock } from './transport.ts';

const { setImmediate: nextTurn } = process.getBuiltinModule('node:timers/promises');

interface Scheduled {
  readonly atMs: number;
  readonly order: number;
  /** Undefined if it was cancelled. */
  run: (() => void) | undefined;
}

/**
 * A clock with a queue of what is due. {@link advance} runs it in the order of time, and in the order of scheduling at the
 * same time. Between two of them the event loop runs until all work that holds time has ended.
 */
export class VirtualTime implements NetworkClock {
  readonly #startMs: number;
  #nowMs = 0;
  /** A binary heap by (time, order of scheduling). */
  readonly #heap: Scheduled[] = [];
  #order = 0;
  #holding = 0;

  /** The wall clock begins at this time, in ms since the Unix epoch. */
  constructor(startMs = Date.UTC(2025, 0, 1)) {
    this.#startMs = startMs;
  }

  now(): number {
    return this.#startMs + Math.floor(this.#nowMs);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  schedule(delayMs: number, run: () => void): () => void {
    const item: Scheduled = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run };
    this.#push(item);
    return () => {
      item.run = undefined;
    };
  }

  hold(work: Promise<unknown>): void {
    this.#holding++;
    const release = () => this.#holding--;
    work.then(release, release);
  }

  /** Lets this many ms pass. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await this.#settle();
    for (let next = this.#heap[0]; next !== undefined && next.atMs <= endMs; next = this.#heap[0]) {
      this.#pop();
      if (next.run === undefined) continue;
      this.#nowMs = next.atMs;
      next.run();
      // What is due at the same instant runs before the event loop does.
      if (this.#heap[0]?.atMs !== this.#nowMs) await this.#settle();
    }
    this.#nowMs = endMs;
  }

  /** Lets time pass in steps until the condition holds. Resolves to whether it does, at the latest after `mostMs`. */
  async advanceUntil(condition: () => boolean, mostMs: number, stepMs = 50): Promise<boolean> {
    const endMs = this.#nowMs + mostMs;
    await this.#settle();
    while (!condition()) {
      if (this.#nowMs >= endMs) return false;
      await this.advance(Math.min(stepMs, endMs - this.#nowMs));
    }
    return true;
  }

  async #settle(): Promise<void> {
    do await nextTurn();
    while (this.#holding > 0);
  }

  #push(item: Scheduled): void {
    const heap = this.#heap;
    let at = heap.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(item, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = item;
  }

  #pop(): void {
    const heap = this.#heap;
    const item = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, item)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = item;
  }
}

function isBefore(a: Scheduled, b: Scheduled): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
