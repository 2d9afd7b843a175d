/** The templates that `getblocktemplate` gives out: they are kept for a while, so that a submitted block is recognised. */
import { randomInt } from 'node:crypto';
import { sha256d } from 'qanto';
import { type BlockTemplate, type Coinbase, decodeHeader, type QantoDag } from 'qanto/dag';
import { encodeCoinbase, merkleLeaf, merkleLevels, runAtOnce, sha256dDisplayed } from 'qanto/internal';
import { ControlBusyError } from '../control/errors.ts';

/** The members of a DAG that are used. */
export type TemplateDag = Pick<QantoDag, 'buildTemplate' | 'environment' | 'off' | 'on' | 'sink'>;

/** A template is made again after this time, even if the DAG has not changed: there may be other payloads. */
const FRESH_MS = 5_000;
/** The templates that are kept, and the bytes of their payloads. Blocks on others are not recognised. */
const MAX_TEMPLATES = 256;
const MAX_PAYLOAD_BYTES = 64 * 2 ** 20;
/** The opaque coinbases that are remembered. */
const MAX_OPAQUE = 20_000;
/** Long polls end sooner only when the DAG changes, and not sooner than this after others have: a miner starts anew each time. */
const MIN_INTERVAL_MS = 250;
const MAX_WAIT_MS = 60_000;
const MAX_WAITING = 64;

/** Replaced by the address that a miner asks for. */
const ANY_ADDRESS = '0'.repeat(64);

/** Work of a miner whose coinbase is opaque. See {@link Templates.opaque}. */
export interface OpaqueWork {
  readonly template: BlockTemplate;
  readonly coinbase: Coinbase;
  /** The roots of all works on this template, of which this is one. */
  readonly roots: Set<string>;
}

interface Kept {
  readonly template: BlockTemplate;
  readonly contextHash: string;
  readonly madeAtMs: number;
  readonly payloadBytes: number;
  /** The roots of the opaque coinbases that were given out. */
  readonly roots: Set<string>;
  /** The siblings of the nodes above the coinbase, from the leaves up. Empty if there are no payloads. */
  readonly branch: readonly Uint8Array[];
}

export interface TemplatesContext {
  readonly dag: TemplateDag;
  readonly payloads: () => readonly Uint8Array[];
  /** Default: a monotonic time in ms. */
  readonly now?: () => number;
  /** The times of long polls, for tests. */
  readonly maxWaitMs?: number;
}

export class Templates {
  readonly #context: Required<TemplatesContext>;
  /** By the hash of their context, oldest first. */
  readonly #kept = new Map<string, Kept>();
  /** The latest templates for the present state of the DAG: with the payloads alone, and with at least one. */
  #latest: { plain?: Kept; opaque?: Kept } = {};
  readonly #opaque = new Map<string, OpaqueWork>();
  readonly #waiting = new Set<() => void>();
  #payloadBytes = 0;
  #coinbases = 0;
  /** Begins anywhere, so that an id of an earlier run of the node is not one of this run. */
  #changes = randomInt(2 ** 32);
  #wokenAtMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor({ now = () => performance.now(), maxWaitMs = MAX_WAIT_MS, ...context }: TemplatesContext) {
    this.#context = { ...context, now, maxWaitMs };
    context.dag.on('virtual-changed', this.#onChange);
  }

  /** The number of long polls. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Identifies the present state of the DAG: the hash of the sink, then a number. */
  get longPollId(): string {
    return this.#context.dag.sink() + this.#changes;
  }

  /** A coinbase with an extra nonce of its own, so that no two miners do the same work. */
  coinbase(address: string): Coinbase {
    const { dag } = this.#context;
    const { entropy } = dag.environment;
    this.#coinbases += 1;
    const [high, low] = ['rpc-extra-nonce-high', 'rpc-extra-nonce-low'].map((purpose) =>
      BigInt(entropy.uint32(purpose, dag.sink(), this.#coinbases)),
    ) as [bigint, bigint];
    return { address, extraNonce: (high << 32n) | low };
  }

  /** A template, whose coinbase the miner replaces. */
  plain(): BlockTemplate {
    return this.#current('plain').template;
  }

  /**
   * Work for miners that want a longer coinbase than the 40 bytes of a block, as cpuminer, which wants at least 60. They get
   * the two nodes below the root of the contents in its place, and no transactions: the hash of these 64 bytes is the root.
   * The tree has two such nodes only if there is a payload, so a block without payloads gets an empty one.
   */
  opaque(coinbase: Coinbase): { readonly template: BlockTemplate; readonly data: Uint8Array } {
    const { template, branch, roots } = this.#current('opaque');
    let left = merkleLeaf(encodeCoinbase(coinbase));
    for (const sibling of branch.slice(0, -1)) left = sha256d(Buffer.concat([left, sibling]));
    const data = Buffer.concat([left, branch.at(-1)!]);
    const root = sha256dDisplayed(data);
    if (this.#opaque.size >= MAX_OPAQUE) this.#forgetOldestOpaque();
    this.#opaque.set(root, { template, coinbase, roots });
    roots.add(root);
    return { template, data };
  }

  /** The template with this hash of its context, 64 hex digits. Undefined if it is unknown, or too old. */
  withContext(contextHash: string): BlockTemplate | undefined {
    return this.#kept.get(contextHash)?.template;
  }

  /** The opaque work with this root of its contents, 64 hex digits. */
  opaqueWork(contentRoot: string): OpaqueWork | undefined {
    return this.#opaque.get(contentRoot);
  }

  /**
   * Resolves when the state of the DAG is no longer the one with this id, or after a minute. Rejects with the reason of `signal`,
   * and with `ERR_QANTO_CONTROL_BUSY`.
   */
  async changed(longPollId: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (longPollId !== this.longPollId) return;
    if (this.#waiting.size >= MAX_WAITING) throw new ControlBusyError(MAX_WAITING, 'long polls at a time');
    await new Promise<void>((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.#waiting.delete(end);
        if (signal.aborted) reject(signal.reason);
        else resolve();
      };
      const timer = setTimeout(end, this.#context.maxWaitMs);
      signal.addEventListener('abort', end, { once: true });
      this.#waiting.add(end);
    });
  }

  /** Ends the long polls, and releases the DAG. */
  close(): void {
    this.#context.dag.off('virtual-changed', this.#onChange);
    clearTimeout(this.#timer);
    this.#wake();
  }

  readonly #onChange = (): void => {
    this.#changes += 1;
    this.#latest = {};
    if (this.#timer !== undefined || this.#waiting.size === 0) return;
    const waitMs = Math.max(0, this.#wokenAtMs + MIN_INTERVAL_MS - this.#context.now());
    this.#timer = setTimeout(() => this.#wake(), waitMs);
  };

  #wake(): void {
    this.#timer = undefined;
    this.#wokenAtMs = this.#context.now();
    for (const end of [...this.#waiting]) end();
  }

  #current(form: 'opaque' | 'plain'): Kept {
    const { now, payloads } = this.#context;
    const latest = this.#latest[form];
    if (latest !== undefined && now() - latest.madeAtMs < FRESH_MS) return latest;
    const given = payloads();
    const kept = this.#make(form === 'opaque' && given.length === 0 ? [new Uint8Array()] : given);
    this.#latest[form] = kept;
    return kept;
  }

  #make(payloads: readonly Uint8Array[]): Kept {
    const { dag, now } = this.#context;
    let template = dag.buildTemplate({ address: ANY_ADDRESS, payloads });
    // A context says nothing about the payloads, by which two templates of one millisecond may differ.
    while (this.#kept.has(contextHashOf(template))) {
      const timestampMs = template.context.timestampMs + 1;
      template = dag.buildTemplate({ address: ANY_ADDRESS, payloads, timestampMs });
    }
    const levels = runAtOnce(merkleLevels([new Uint8Array(32), ...template.payloads.map(merkleLeaf)]));
    const kept = {
      template,
      contextHash: contextHashOf(template),
      madeAtMs: now(),
      payloadBytes: template.payloads.reduce((sum, { length }) => sum + length, 0),
      roots: new Set<string>(),
      branch: levels.slice(0, -1).map((level) => level[1]!),
    };
    this.#kept.set(kept.contextHash, kept);
    this.#payloadBytes += kept.payloadBytes;
    for (const oldest of this.#kept.values()) {
      const fits = this.#kept.size <= MAX_TEMPLATES && this.#payloadBytes <= MAX_PAYLOAD_BYTES;
      if (fits || oldest === kept) break;
      this.#forget(oldest);
    }
    return kept;
  }

  #forgetOldestOpaque(): void {
    const [root, { roots }] = this.#opaque.entries().next().value!;
    this.#opaque.delete(root);
    roots.delete(root);
  }

  #forget({ contextHash, payloadBytes, roots }: Kept): void {
    this.#kept.delete(contextHash);
    this.#payloadBytes -= payloadBytes;
    for (const root of roots) this.#opaque.delete(root);
  }
}

function contextHashOf({ header }: BlockTemplate): string {
  return decodeHeader(header).contextHash;
}
