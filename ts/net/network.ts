import { type Fields, refuseUnknown, requireMethods, requireObject } from '../check-arguments.ts';
import type { QantoDag } from '../dag/qanto-dag.ts';
import type { BlockAdded } from '../dag/status.ts';
import { mustBe } from '../errors.ts';
import { rethrowLater } from '../rethrow.ts';
import { answerBlocks, answerOrder, answerTips, helloOf } from './answers.ts';
import { blameFor } from './blame.ts';
import { decodeHello, decodeTips, encodeHello, type Hello } from './codec.ts';
import type { NetworkContext } from './context.ts';
import { PeerError } from './errors.ts';
import { BlockFetcher } from './fetcher.ts';
import { checkHello } from './hello.ts';
import { MAX_INVENTORY_BYTES } from './inventory.ts';
import {
  HELLO_TIMEOUT_MS,
  MAX_HELLO_BYTES,
  MAX_LOCATOR_HASHES,
  MAX_REQUESTED_BLOCKS,
  MAX_TIPS,
  protocolNames,
  REQUEST_TIMEOUT_MS,
} from './protocol.ts';
import { Relay } from './relay.ts';
import { type BanStore, type PENALTIES, Scores } from './scores.ts';
import type { NetworkEvents, NetworkStatus, PeerStatus } from './status.ts';
import { Sync, type SyncProgress } from './sync.ts';
import type { IncomingRequest, Peer, RequestHandler, Transport } from './transport.ts';

const { EventEmitter, setMaxListeners } = process.getBuiltinModule('node:events');
const { randomBytes } = process.getBuiltinModule('node:crypto');

/** The options of a {@link Network}. */
export interface NetworkOptions {
  /** The DAG, which must be open for as long as the network runs. The network does not close it. */
  readonly dag: QantoDag;
  /** The transport. The network starts and stops it. */
  readonly transport: Transport;
  /** Addresses of peers to stay connected with: they are dialled again every ten seconds. Default: no addresses. */
  readonly peers?: readonly string[];
  /** The maximum number of peers, 1 to 1,000. The default is 64. */
  readonly maxPeers?: number;
  /** Keeps the bans over restarts. By default they are forgotten. */
  readonly banStore?: BanStore | undefined;
}

const FIELDS: Fields<NetworkOptions> = {
  dag: true,
  transport: true,
  peers: true,
  maxPeers: true,
  banStore: true,
};

const TRANSPORT_METHODS = ['start', 'stop', 'dial', 'request', 'serve', 'subscribe', 'publish'] as const;
const REDIAL_MS = 10_000;
/** How often the tips of each peer are compared with the own ones, in case an inventory was lost, in ms. */
const TIPS_MS = 10_000;
/** A peer that is refused gets this time to receive the own hello, and so to learn why, in ms. */
const PARTING_MS = 1000;
const MAX_CONCURRENT = 16;
const MAX_PENDING_INVENTORIES = 1024;

interface Usable {
  readonly peer: Peer;
  readonly hello: Hello;
  readonly clockDifferenceMs: number;
  readonly sinceMs: number;
  /** Whether it may have blocks that this node lacks. */
  isWanted: boolean;
}

/**
 * Keeps the DAG of this node and those of its peers the same: it syncs with peers that have blocks which it lacks, passes on
 * new blocks, and answers requests. docs/network.md describes the protocol. Blocks that were added to the DAG by
 * `dag.addBlock` are announced too.
 */
export class Network extends EventEmitter<NetworkEvents> {
  readonly #context: NetworkContext;
  readonly #options: Required<NetworkOptions>;
  readonly #abort = new AbortController();
  readonly #instance = randomBytes(8).readBigUInt64LE();
  readonly #scores: Scores;
  readonly #fetcher: BlockFetcher;
  readonly #relay: Relay;
  readonly #usable = new Map<string, Usable>();
  readonly #tasks = new Set<Promise<unknown>>();
  #saving: Promise<void> = Promise.resolve();
  #progress: SyncProgress | undefined;
  #isSyncing = false;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  /** Throws `ERR_QANTO_INVALID_ARGUMENT`. Nothing happens before {@link start}. */
  constructor(options: NetworkOptions) {
    super();
    requireObject('options', options);
    refuseUnknown('options', options, FIELDS);
    const { dag, transport, peers = [], maxPeers = 64, banStore } = options;
    requireMethods('options.dag', dag, ['addBlock', 'orderSlice', 'encodedBlock']);
    requireMethods('options.transport', transport, TRANSPORT_METHODS);
    if (banStore !== undefined) requireMethods('options.banStore', banStore, ['load', 'save']);
    if (!Array.isArray(peers) || !peers.every((peer) => typeof peer === 'string')) {
      throw mustBe('options.peers', peers, 'an array of addresses');
    }
    if (!Number.isInteger(maxPeers) || maxPeers < 1 || maxPeers > 1000) {
      throw mustBe('options.maxPeers', maxPeers, 'an integer from 1 to 1000');
    }
    this.#options = { dag, transport, peers: [...peers], maxPeers, banStore };
    this.#scores = new Scores(transport.clock);
    const { signal } = this.#abort;
    // Each request listens to it.
    setMaxListeners(0, signal);
    const names = protocolNames(dag.network.name, dag.genesis);
    const blame = (peer: string, reason: keyof typeof PENALTIES) => this.#blame(peer, reason);
    this.#context = { dag, transport, names, signal, blame };
    this.#fetcher = new BlockFetcher(this.#context);
    const wantSync = (peer: string) => this.#wantSync(peer);
    this.#relay = new Relay(this.#context, this.#fetcher, { isSyncing: () => this.#isSyncing, wantSync });
  }

  /** Starts the transport, and dials the peers. Rejects if the transport cannot start, or the bans cannot be loaded. */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** Closes all connections, and waits for what is under way. The network cannot be started again. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Connects to a peer. Resolves before hellos are exchanged. Rejects with a TransportError. */
  async connect(address: string): Promise<void> {
    await this.#context.transport.dial(address, this.#abort.signal);
  }

  /** Bans a peer for 24 hours, or for another time in ms, and closes the connection. */
  async ban(peer: string, durationMs?: number): Promise<void> {
    this.#scores.ban(peer, 'operator', durationMs);
    await this.#banned(peer);
  }

  /** Ends the ban of a peer. Resolves to whether it was banned. */
  async unban(peer: string): Promise<boolean> {
    const wasBanned = this.#scores.unban(peer);
    await this.#saveBans();
    return wasBanned;
  }

  /** The present state. */
  status(): NetworkStatus {
    const { transport } = this.#context;
    return {
      id: transport.id,
      addresses: transport.addresses(),
      peers: [...this.#usable.values()].map((usable) => this.#statusOf(usable)),
      bans: this.#scores.bans(),
      sync: this.#progress,
      inventories: this.#relay.counts,
      fetching: this.#fetcher.size,
    };
  }

  async #start(): Promise<void> {
    const { transport, names, dag } = this.#context;
    this.#scores.restore((await this.#options.banStore?.load()) ?? []);
    const limits = { maxConcurrentPerPeer: MAX_CONCURRENT, timeoutMs: REQUEST_TIMEOUT_MS };
    const serve = (protocol: string, maxRequestBytes: number, answer: RequestHandler) => {
      const handler = (request: IncomingRequest) => this.#answer(request, answer);
      transport.serve(protocol, handler, { ...limits, maxRequestBytes });
    };
    serve(names.hello, MAX_HELLO_BYTES, async (request) => this.#answerHello(request));
    serve(names.order, 13 + 32 * MAX_LOCATOR_HASHES, ({ payload }) => answerOrder(dag, payload));
    serve(names.tips, 0, async () => answerTips(dag));
    serve(names.blocks, 32 * MAX_REQUESTED_BLOCKS, ({ payload }) => answerBlocks(dag, payload));
    transport.subscribe(
      names.inventory,
      async (message) => (this.#usable.has(message.from) ? this.#relay.judge(message) : 'ignore'),
      { maxBytes: MAX_INVENTORY_BYTES, maxPending: MAX_PENDING_INVENTORIES },
    );
    transport.on('peer-connected', this.#onConnected);
    transport.on('peer-disconnected', this.#onDisconnected);
    dag.on('block-added', this.#onAdded);
    await transport.start();
    this.#redial();
    this.#compareTips();
  }

  async #stop(): Promise<void> {
    await this.#starting?.catch(() => {});
    const { transport, dag } = this.#context;
    this.#abort.abort();
    dag.off('block-added', this.#onAdded);
    await transport.stop();
    transport.off('peer-connected', this.#onConnected);
    transport.off('peer-disconnected', this.#onDisconnected);
    await Promise.all([...this.#tasks, this.#saving]);
  }

  readonly #onAdded = (added: BlockAdded) => this.#relay.onAdded(added);

  readonly #onConnected = (peer: Peer) => {
    const { transport } = this.#context;
    if (this.#scores.isBanned(peer.id)) {
      this.#refuse(new PeerError('ERR_QANTO_PEER_BANNED', peer.id, 'the peer is banned'));
    } else if (transport.peers().length > this.#options.maxPeers) {
      const problem = `${this.#options.maxPeers} peers are connected already`;
      this.#refuse(new PeerError('ERR_QANTO_TOO_MANY_PEERS', peer.id, problem));
    } else if (peer.direction === 'outbound') this.#run(this.#sayHello(peer));
    else this.#expectHello(peer);
  };

  readonly #onDisconnected = ({ id }: Peer) => {
    const usable = this.#usable.get(id);
    this.#usable.delete(id);
    this.#relay.forget(id);
    if (usable !== undefined) this.#report('peer-disconnected', this.#statusOf(usable));
  };

  /** The dialling side says hello first. */
  async #sayHello(peer: Peer): Promise<void> {
    const { transport, names, signal } = this.#context;
    const sentMs = transport.clock.monotonicMs();
    try {
      const limits = { maxBytes: MAX_HELLO_BYTES, maxFrames: 1, timeoutMs: HELLO_TIMEOUT_MS, signal };
      const own = encodeHello(this.#hello());
      const [answer] = await transport.request(peer.id, names.hello, own, limits);
      const travelMs = (transport.clock.monotonicMs() - sentMs) / 2;
      this.#meet(peer, decodeHello(answer ?? new Uint8Array(0)), travelMs);
    } catch (error) {
      if (error instanceof PeerError) return this.#refuse(error);
      blameFor(this.#context, peer.id, error);
      await transport.disconnect(peer.id);
    }
  }

  #expectHello({ id }: Peer): void {
    const { transport } = this.#context;
    transport.clock.schedule(HELLO_TIMEOUT_MS, () => {
      const isConnected = transport.peers().some((peer) => peer.id === id);
      if (isConnected && !this.#usable.has(id)) this.#run(transport.disconnect(id));
    });
  }

  #answerHello({ peer: id, payload }: IncomingRequest): Uint8Array[] {
    const { transport } = this.#context;
    const peer = transport.peers().find((connected) => connected.id === id);
    const theirs = decodeHello(payload);
    try {
      if (peer !== undefined && !this.#usable.has(id)) this.#meet(peer, theirs, 0);
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      this.#report('peer-refused', error);
      transport.clock.schedule(PARTING_MS, () => this.#run(transport.disconnect(id)));
    }
    return [encodeHello(this.#hello())];
  }

  /** Takes up a peer. Throws a PeerError if it cannot be used. */
  #meet(peer: Peer, hello: Hello, travelMs: number): void {
    const { dag, transport } = this.#context;
    const own = this.#hello();
    const theirs = { ...hello, timeMs: hello.timeMs + travelMs };
    checkHello(peer.id, theirs, own, dag.network.maxTimeAheadMs);
    if (!transport.peers().some(({ id }) => id === peer.id)) return;
    const usable: Usable = {
      peer,
      hello,
      clockDifferenceMs: theirs.timeMs - own.timeMs,
      sinceMs: transport.clock.monotonicMs(),
      isWanted: dag.getView(hello.sink) === undefined,
    };
    this.#usable.set(peer.id, usable);
    this.#report('peer-connected', this.#statusOf(usable));
    this.#run(this.#sync());
  }

  #hello(): Hello {
    return helloOf(this.#context.dag, this.#instance, this.#context.transport.clock.now());
  }

  /** A peer that sends a malformed request gets no answer. */
  async #answer(request: IncomingRequest, answer: RequestHandler): Promise<readonly Uint8Array[]> {
    try {
      const answering = answer(request);
      this.#context.transport.clock.hold?.(answering);
      return await answering;
    } catch (error) {
      blameFor(this.#context, request.peer, error);
      throw error;
    }
  }

  /** Syncs with the peers that may have more, the heaviest first, one after the other. */
  async #sync(): Promise<void> {
    if (this.#isSyncing) return;
    this.#isSyncing = true;
    try {
      for (let next = this.#heaviestWanted(); next !== undefined; next = this.#heaviestWanted()) {
        next.isWanted = false;
        await this.#syncWith(next.peer.id);
      }
    } finally {
      this.#isSyncing = false;
      this.#progress = undefined;
    }
  }

  async #syncWith(peer: string): Promise<void> {
    const { signal } = this.#context;
    const sync = new Sync(this.#context, peer, (progress) => {
      this.#progress = progress;
      this.#report('sync-progress', progress);
    });
    try {
      const blocks = await sync.run();
      this.#report('sync-ended', { peer, blocks });
    } catch (error) {
      if (signal.aborted) return;
      blameFor(this.#context, peer, error);
      this.#report('sync-failed', { peer, error: error as Error });
    }
  }

  #heaviestWanted(): Usable | undefined {
    if (this.#abort.signal.aborted) return undefined;
    const wanted = [...this.#usable.values()].filter(({ isWanted }) => isWanted);
    return wanted.sort((a, b) => (a.hello.blueWork < b.hello.blueWork ? 1 : -1))[0];
  }

  #wantSync(peer: string): void {
    const usable = this.#usable.get(peer);
    if (usable === undefined) return;
    usable.isWanted = true;
    this.#run(this.#sync());
  }

  /** Fetches the tips of peers that are unknown here, now and then. */
  #compareTips(): void {
    this.#context.transport.clock.schedule(TIPS_MS, () => {
      if (this.#abort.signal.aborted) return;
      for (const id of this.#usable.keys()) if (!this.#isSyncing) this.#run(this.#fetchTips(id));
      this.#compareTips();
    });
  }

  async #fetchTips(peer: string): Promise<void> {
    const { transport, names, dag, signal } = this.#context;
    const limits = { maxBytes: 32 * MAX_TIPS, maxFrames: 1, timeoutMs: REQUEST_TIMEOUT_MS, signal };
    try {
      const [answer] = await transport.request(peer, names.tips, new Uint8Array(0), limits);
      const tips = decodeTips(answer ?? new Uint8Array(0)).filter((tip) => dag.getView(tip) === undefined);
      if (tips.length > 16) this.#wantSync(peer);
      else await Promise.all(tips.map((tip) => this.#relay.obtain(tip, peer)));
    } catch (error) {
      if (!signal.aborted) blameFor(this.#context, peer, error);
    }
  }

  #redial(): void {
    const { transport } = this.#context;
    if (this.#abort.signal.aborted) return;
    for (const address of this.#options.peers) {
      // It is dialled again later, and status() shows that it is not connected.
      this.#run(transport.dial(address, this.#abort.signal).catch(() => {}));
    }
    transport.clock.schedule(REDIAL_MS, () => this.#redial());
  }

  #blame(peer: string, reason: keyof typeof PENALTIES): void {
    if (this.#scores.blame(peer, reason)) this.#run(this.#banned(peer));
  }

  async #banned(peer: string): Promise<void> {
    const ban = this.#scores.bans().find((kept) => kept.peer === peer);
    if (ban !== undefined) this.#report('peer-banned', ban);
    await this.#context.transport.disconnect(peer);
    await this.#saveBans();
  }

  #saveBans(): Promise<void> {
    const { banStore } = this.#options;
    this.#saving = this.#saving.then(async () => {
      try {
        await banStore?.save(this.#scores.bans());
      } catch (error) {
        this.#report('bans-not-saved', error as Error);
      }
    });
    return this.#saving;
  }

  #refuse(error: PeerError): void {
    this.#report('peer-refused', error);
    this.#run(this.#context.transport.disconnect(error.peer));
  }

  #statusOf({ peer, hello, clockDifferenceMs, sinceMs }: Usable): PeerStatus {
    const { clock } = this.#context.transport;
    const { blueScore } = hello;
    const connectedMs = clock.monotonicMs() - sinceMs;
    return { ...peer, blueScore, clockDifferenceMs, connectedMs, score: this.#scores.score(peer.id) };
  }

  #report<E extends keyof NetworkEvents>(event: E, ...args: NetworkEvents[E]): void {
    rethrowLater(() => (this as NodeJS.EventEmitter).emit(event, ...args));
  }

  /** Runs a task that must not fail, and that stop() waits for. */
  #run(task: Promise<unknown>): void {
    this.#tasks.add(task);
    const done = () => this.#tasks.delete(task);
    task.then(done, done);
  }
}
