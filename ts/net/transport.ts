/**
 * What the network needs of a transport: connections to peers, requests, and gossip. The protocol above it knows no
 * library. A transport bounds what it reads by the limits that it is given, and authenticates the ids of peers.
 */

/** The time of a transport and of the network above it. A simulation replaces it by virtual time. */
export interface NetworkClock {
  /** Whole milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds since an arbitrary point in the past. It never goes back. */
  monotonicMs(): number;
  /** Calls `run` once after `delayMs`. Returns a function that cancels the call. */
  schedule(delayMs: number, run: () => void): () => void;
  /**
   * Virtual time stands still until the promise has settled. The network calls it for work that takes real time, such as
   * that of the DAG. Real time has no such method.
   */
  hold?(work: Promise<unknown>): void;
}

/** Real time. Its timers do not keep the process alive. */
export const systemNetworkClock: NetworkClock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  schedule: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Who dialled: `outbound` if this node did. */
export type PeerDirection = 'inbound' | 'outbound';

/** A connected peer. There is at most one for each id. */
export interface Peer {
  /** The authenticated id of the peer. At most 128 printable ASCII characters. */
  readonly id: string;
  readonly direction: PeerDirection;
  /** The address of the connection, in the form of the transport, such as a multiaddr. */
  readonly address: string;
}

/** The limits of a request. */
export interface RequestOptions {
  /** Abandons the request: it rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
  /** The maximum time until the last frame of the answer, in ms. Then: `ERR_QANTO_REQUEST_TIMED_OUT`. */
  readonly timeoutMs: number;
  /** The maximum of the lengths of all frames of the answer, in bytes. Beyond it: `ERR_QANTO_ANSWER_TOO_LARGE`. */
  readonly maxBytes: number;
  /** The maximum number of frames of the answer. Beyond it: `ERR_QANTO_ANSWER_TOO_LARGE`. */
  readonly maxFrames: number;
}

/** A request of a peer. */
export interface IncomingRequest {
  readonly peer: string;
  /** The one frame of the request. */
  readonly payload: Uint8Array;
  /** Aborted when the peer goes away, abandons the request, or the transport stops. */
  readonly signal: AbortSignal;
}

/**
 * Answers a request with the frames of the answer. If it rejects, the transport resets the stream, and the peer's request
 * rejects with `ERR_QANTO_REQUEST_FAILED`. The transport sends nothing of the error.
 */
export type RequestHandler = (request: IncomingRequest) => Promise<readonly Uint8Array[]>;

/** The limits of the requests that a handler is given. The transport resets what exceeds them. */
export interface ServeOptions {
  /** The maximum length of the frame of a request, in bytes. */
  readonly maxRequestBytes: number;
  /** The maximum number of requests of one peer that are answered at the same time. */
  readonly maxConcurrentPerPeer: number;
  /** The maximum time for receiving a request, and for sending the answer once the handler has made it, in ms. */
  readonly timeoutMs: number;
}

/** A message of a topic. */
export interface GossipMessage {
  /** The id of the neighbour that delivered it. It need not be the author. */
  readonly from: string;
  readonly data: Uint8Array;
}

/**
 * `accept`: the message is passed on to neighbours other than `from`. `ignore`: it is dropped. `reject`: it is dropped, and
 * the transport may hold it against the neighbour.
 */
export type Verdict = 'accept' | 'ignore' | 'reject';

/** Judges a message before it is passed on. If it rejects, the verdict is `ignore`. */
export type GossipValidator = (message: GossipMessage) => Promise<Verdict>;

/** The limits of a subscription. */
export interface SubscribeOptions {
  /** The maximum length of a message, in bytes. Longer ones are rejected before the validator sees them. */
  readonly maxBytes: number;
  /** The maximum number of messages that are being validated. Those beyond it are ignored. */
  readonly maxPending: number;
}

/** The events of a transport. Each connection begins with the first, and ends with the second. */
export interface TransportEvents {
  'peer-connected': [Peer];
  'peer-disconnected': [Peer];
}

/** A transport. Its methods other than `start`, `serve`, `subscribe` and `on` need it to be started. */
export interface Transport {
  /** The id of this node, which peers see as {@link Peer.id}. Known before `start`. */
  readonly id: string;
  readonly clock: NetworkClock;
  /** Starts to listen. Rejects if it cannot; then nothing is left open. */
  start(): Promise<void>;
  /** Closes all connections; unanswered requests reject. May be called again, and without `start`. */
  stop(): Promise<void>;
  /** The addresses at which peers can dial this node, which `dial` of another node accepts. */
  addresses(): readonly string[];
  /**
   * Connects to a peer. Resolves to the present connection if there is one. Rejects with `ERR_QANTO_DIAL_FAILED`,
   * `ERR_QANTO_CONNECTED_TO_ITSELF` if the peer has the id of this node, or the reason of the signal.
   */
  dial(address: string, signal?: AbortSignal): Promise<Peer>;
  /** The connected peers, in the order of connection. */
  peers(): readonly Peer[];
  /** Closes the connection to a peer. Also resolves if the peer is not connected. */
  disconnect(peer: string): Promise<void>;
  /**
   * Sends one frame and collects the frames of the answer, each preceded by its length on the wire. Rejects with a
   * TransportError: `ERR_QANTO_REQUEST_TIMED_OUT`, `ERR_QANTO_ANSWER_TOO_LARGE`, `ERR_QANTO_PEER_DISCONNECTED`, or
   * `ERR_QANTO_REQUEST_FAILED` if the peer does not speak the protocol or resets the stream.
   */
  request(
    peer: string,
    protocol: string,
    payload: Uint8Array,
    options: RequestOptions,
  ): Promise<readonly Uint8Array[]>;
  /** Answers the requests of a protocol. Call it before `start`, once for each protocol. */
  serve(protocol: string, handler: RequestHandler, options: ServeOptions): void;
  /** Takes part in a topic. Call it before `start`, once for each topic. */
  subscribe(topic: string, validator: GossipValidator, options: SubscribeOptions): void;
  /** Publishes to a topic that was subscribed to. Resolves once it is handed to the neighbours, of which there may be none. */
  publish(topic: string, data: Uint8Array): Promise<void>;
  on<E extends keyof TransportEvents>(event: E, listener: (...args: TransportEvents[E]) => void): void;
  off<E extends keyof TransportEvents>(event: E, listener: (...args: TransportEvents[E]) => void): void;
}
