/**
 * A network in memory, for tests and simulations: links with latency, loss and partitions, which depend only on a seed and
 * on the order of calls. Gossip floods: a message goes to every neighbour that is not known to have it.
 */
import { TransportError } from './errors.ts';
import { MemoryTopic } from './memory-topic.ts';
import { seededNumbers } from './seeded-numbers.ts';
import type {
  GossipValidator,
  IncomingRequest,
  NetworkClock,
  Peer,
  RequestHandler,
  RequestOptions,
  ServeOptions,
  SubscribeOptions,
  Transport,
  TransportEvents,
} from './transport.ts';

const { EventEmitter } = process.getBuiltinModule('node:events');

/** The links of a {@link MemoryHub}. */
export interface LinkOptions {
  /** The least time that a message takes, in ms. The default is 10. */
  readonly latencyMs?: number;
  /** A message takes up to this much longer, in ms. The default is 0. */
  readonly jitterMs?: number;
  /** The part of gossip messages that are lost, from 0 to 1. Requests are as reliable as streams. The default is 0. */
  readonly loss?: number;
  /** The seed of delays and losses. The default is 1. */
  readonly seed?: number;
}

/** The medium between the transports of one process. */
export class MemoryHub {
  readonly clock: NetworkClock;
  readonly #latencyMs: number;
  readonly #jitterMs: number;
  readonly #loss: number;
  readonly #random: () => number;
  readonly #nodes = new Map<string, MemoryTransport>();
  /** The side of each node while there is a partition. */
  #sides: ReadonlyMap<string, number> | undefined;

  constructor(clock: NetworkClock, { latencyMs = 10, jitterMs = 0, loss = 0, seed = 1 }: LinkOptions = {}) {
    this.clock = clock;
    this.#latencyMs = latencyMs;
    this.#jitterMs = jitterMs;
    this.#loss = loss;
    this.#random = seededNumbers(seed);
  }

  /** A transport of a node with this id, whose address is `memory:` and the id. `clock` is its own idea of the time. */
  transport(id: string, clock: NetworkClock = this.clock): MemoryTransport {
    return new MemoryTransport(this, id, clock);
  }

  /** Cuts all connections between nodes of different sides. Those that are on none of the sides are one side more. */
  partition(...sides: readonly (readonly string[])[]): void {
    this.#sides = new Map(sides.flatMap((ids, side) => ids.map((id) => [id, side] as const)));
    for (const node of this.#nodes.values()) {
      for (const { id } of node.peers()) if (!this.#isReachable(node.id, id)) node.drop(id);
    }
  }

  /** Ends the partition. Nodes have to dial each other again. */
  heal(): void {
    this.#sides = undefined;
  }

  /** @internal */
  join(node: MemoryTransport): void {
    if (this.#nodes.has(node.id)) throw new Error(`a node with the id ${node.id} has started`);
    this.#nodes.set(node.id, node);
  }

  /** @internal */
  leave(node: MemoryTransport): void {
    if (this.#nodes.get(node.id) === node) this.#nodes.delete(node.id);
  }

  /** @internal */
  find(from: string, to: string): MemoryTransport | undefined {
    return this.#isReachable(from, to) ? this.#nodes.get(to) : undefined;
  }

  /** Runs after the latency of a link. @internal */
  deliver(run: () => void): void {
    this.clock.schedule(this.#latencyMs + this.#jitterMs * this.#random(), run);
  }

  /** Whether the next gossip message is lost. @internal */
  loses(): boolean {
    return this.#loss > 0 && this.#random() < this.#loss;
  }

  #isReachable(a: string, b: string): boolean {
    return this.#sides === undefined || this.#sides.get(a) === this.#sides.get(b);
  }
}

interface Served {
  readonly handler: RequestHandler;
  readonly options: ServeOptions;
}

/** Ends a request that is under way. */
type Abandon = (error: Error) => void;

/** A transport over a {@link MemoryHub}. */
export class MemoryTransport implements Transport {
  readonly id: string;
  readonly clock: NetworkClock;
  readonly #hub: MemoryHub;
  readonly #events = new EventEmitter<TransportEvents>();
  readonly #peers = new Map<string, Peer>();
  readonly #served = new Map<string, Served>();
  readonly #topics = new Map<string, MemoryTopic>();
  readonly #requests = new Map<string, Set<Abandon>>();
  readonly #answering = new Map<string, number>();
  #isStarted = false;

  /** @internal */
  constructor(hub: MemoryHub, id: string, clock: NetworkClock) {
    this.#hub = hub;
    this.id = id;
    this.clock = clock;
  }

  async start(): Promise<void> {
    this.#hub.join(this);
    this.#isStarted = true;
  }

  async stop(): Promise<void> {
    this.#isStarted = false;
    for (const id of [...this.#peers.keys()]) await this.disconnect(id);
    this.#hub.leave(this);
  }

  addresses(): readonly string[] {
    return this.#isStarted ? [`memory:${this.id}`] : [];
  }

  async dial(address: string, signal?: AbortSignal): Promise<Peer> {
    signal?.throwIfAborted();
    const id = address.replace(/^memory:/, '');
    if (id === this.id) {
      throw new TransportError('ERR_QANTO_CONNECTED_TO_ITSELF', address, 'the address is that of this node');
    }
    await new Promise<void>((resolve) => this.#hub.deliver(resolve));
    signal?.throwIfAborted();
    const present = this.#peers.get(id);
    if (present !== undefined) return present;
    const other = this.#isStarted ? this.#hub.find(this.id, id) : undefined;
    if (other === undefined)
      throw new TransportError('ERR_QANTO_DIAL_FAILED', address, 'no node was reached');
    const peer: Peer = { id, direction: 'outbound', address };
    this.#connect(peer);
    other.#connect({ id: this.id, direction: 'inbound', address: `memory:${this.id}` });
    return peer;
  }

  peers(): readonly Peer[] {
    return [...this.#peers.values()];
  }

  async disconnect(id: string): Promise<void> {
    const other = this.#hub.find(this.id, id);
    this.drop(id);
    other?.drop(this.id);
  }

  /** Ends the connection on this side. @internal */
  drop(id: string): void {
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    this.#peers.delete(id);
    const gone = new TransportError('ERR_QANTO_PEER_DISCONNECTED', id, 'the connection was closed');
    for (const abandon of this.#requests.get(id) ?? []) abandon(gone);
    this.#requests.delete(id);
    this.#events.emit('peer-disconnected', peer);
  }

  request(
    peer: string,
    protocol: string,
    payload: Uint8Array,
    { signal, timeoutMs, maxBytes, maxFrames }: RequestOptions,
  ): Promise<readonly Uint8Array[]> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (!this.#peers.has(peer)) {
        return reject(new TransportError('ERR_QANTO_PEER_DISCONNECTED', peer, 'there is no connection'));
      }
      const abort = new AbortController();
      const end = (settle: () => void) => {
        if (abort.signal.aborted) return;
        abort.abort();
        cancelTimer();
        signal?.removeEventListener('abort', onAbort);
        this.#requests.get(peer)?.delete(abandon);
        settle();
      };
      const abandon: Abandon = (error) => end(() => reject(error));
      const onAbort = () => end(() => reject(signal?.reason));
      const cancelTimer = this.clock.schedule(timeoutMs, () => {
        const problem = `${protocol} was not answered within ${timeoutMs} ms`;
        abandon(new TransportError('ERR_QANTO_REQUEST_TIMED_OUT', peer, problem));
      });
      signal?.addEventListener('abort', onAbort);
      const requests = this.#requests.get(peer) ?? new Set();
      this.#requests.set(peer, requests.add(abandon));
      const fail = (problem: string) =>
        this.#hub.deliver(() => {
          abandon(new TransportError('ERR_QANTO_REQUEST_FAILED', peer, `${protocol} ${problem}`));
        });
      const receive = (frames: readonly Uint8Array[]) => {
        const bytes = frames.reduce((sum, { length }) => sum + length, 0);
        if (frames.length > maxFrames || bytes > maxBytes) {
          const problem = `the answer to ${protocol} has ${frames.length} frames, ${bytes} bytes`;
          abandon(new TransportError('ERR_QANTO_ANSWER_TOO_LARGE', peer, problem));
        } else end(() => resolve(frames));
      };
      const sent = Uint8Array.from(payload);
      this.#hub.deliver(() => {
        const incoming = { peer: this.id, payload: sent, signal: abort.signal };
        const answering = this.#hub.find(this.id, peer)?.answer(protocol, incoming);
        answering?.then(
          (frames) => {
            const copies = frames.map((frame) => Uint8Array.from(frame));
            this.#hub.deliver(() => receive(copies));
          },
          () => fail('was refused'),
        );
      });
    });
  }

  /** @internal */
  async answer(protocol: string, request: IncomingRequest): Promise<readonly Uint8Array[]> {
    const served = this.#served.get(protocol);
    const answering = this.#answering.get(request.peer) ?? 0;
    if (served === undefined || request.payload.length > served.options.maxRequestBytes) {
      throw new Error('the protocol is not served, or the request is too long');
    }
    if (answering >= served.options.maxConcurrentPerPeer) throw new Error('too many requests');
    this.#answering.set(request.peer, answering + 1);
    try {
      return await served.handler(request);
    } finally {
      const left = this.#answering.get(request.peer)! - 1;
      if (left === 0) this.#answering.delete(request.peer);
      else this.#answering.set(request.peer, left);
    }
  }

  serve(protocol: string, handler: RequestHandler, options: ServeOptions): void {
    this.#served.set(protocol, { handler, options });
  }

  subscribe(topic: string, validator: GossipValidator, options: SubscribeOptions): void {
    this.#topics.set(topic, new MemoryTopic(validator, options));
  }

  async publish(topic: string, data: Uint8Array): Promise<void> {
    const subscription = this.#topics.get(topic);
    if (subscription !== undefined) this.#spread(topic, subscription, Uint8Array.from(data));
  }

  on<E extends keyof TransportEvents>(event: E, listener: (...args: TransportEvents[E]) => void): void {
    (this.#events as NodeJS.EventEmitter).on(event, listener as (...args: unknown[]) => void);
  }

  off<E extends keyof TransportEvents>(event: E, listener: (...args: TransportEvents[E]) => void): void {
    (this.#events as NodeJS.EventEmitter).off(event, listener as (...args: unknown[]) => void);
  }

  #connect(peer: Peer): void {
    if (this.#peers.has(peer.id)) return;
    this.#peers.set(peer.id, peer);
    this.#events.emit('peer-connected', peer);
  }

  #spread(topic: string, subscription: MemoryTopic, data: Uint8Array): void {
    const holders = subscription.holdersOf(data);
    for (const id of this.#peers.keys()) {
      if (holders.has(id)) continue;
      holders.add(id);
      if (this.#hub.loses()) continue;
      this.#hub.deliver(() => void this.#hub.find(this.id, id)?.receiveGossip(topic, this.id, data));
    }
  }

  /** @internal */
  async receiveGossip(topic: string, from: string, data: Uint8Array): Promise<void> {
    const subscription = this.#topics.get(topic);
    if (subscription === undefined || !this.#peers.has(from)) return;
    const verdict = await subscription.judge({ from, data });
    if (verdict === 'accept') this.#spread(topic, subscription, data);
  }
}
