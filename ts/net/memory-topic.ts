import type { GossipMessage, GossipValidator, SubscribeOptions, Verdict } from './transport.ts';

const { createHash } = process.getBuiltinModule('node:crypto');

/** The number of messages of a topic that a node remembers, to pass each on once. */
const REMEMBERED_MESSAGES = 16_384;

/** What a node knows of a topic of a network in memory. */
export class MemoryTopic {
  readonly #validator: GossipValidator;
  readonly #options: SubscribeOptions;
  /** By digest, the neighbours that have the message. */
  readonly #seen = new Map<string, Set<string>>();
  #pending = 0;

  constructor(validator: GossipValidator, options: SubscribeOptions) {
    this.#validator = validator;
    this.#options = options;
  }

  /** The verdict about a message, which is judged once. Later copies and those beyond the limits are ignored. */
  async judge(message: GossipMessage): Promise<Verdict> {
    const { from, data } = message;
    if (data.length > this.#options.maxBytes) return 'reject';
    if (this.#pending >= this.#options.maxPending) return 'ignore';
    const isKnown = this.#seen.has(keyOf(data));
    this.holdersOf(data).add(from);
    if (isKnown) return 'ignore';
    this.#pending++;
    try {
      return await this.#validator(message);
    } catch {
      return 'ignore';
    } finally {
      this.#pending--;
    }
  }

  /** The neighbours that have the message, which is remembered. */
  holdersOf(data: Uint8Array): Set<string> {
    const key = keyOf(data);
    const present = this.#seen.get(key);
    if (present !== undefined) return present;
    const holders = new Set<string>();
    this.#seen.set(key, holders);
    if (this.#seen.size > REMEMBERED_MESSAGES) {
      const [oldest] = this.#seen.keys();
      this.#seen.delete(oldest!);
    }
    return holders;
  }
}

function keyOf(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('base64');
}
