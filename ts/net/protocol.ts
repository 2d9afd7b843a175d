/** The names and limits of the protocol. docs/network.md describes them. */

/** The version of the protocol, which `hello` begins with. */
export const PROTOCOL_VERSION = 1;

/** The names of the protocols and the topic of a network. */
export interface ProtocolNames {
  /** The same on all networks, so that a node of another one can be told why it is refused. */
  readonly hello: string;
  readonly order: string;
  readonly tips: string;
  readonly blocks: string;
  /** The topic of the inventories. */
  readonly inventory: string;
}

/** The names of a network whose genesis block has this hash. */
export function protocolNames(network: string, genesis: string): ProtocolNames {
  const name = (part: string) => `/qanto/${network}/${genesis.slice(0, 8)}/${part}/${PROTOCOL_VERSION}`;
  return {
    hello: '/qanto/hello/1',
    order: name('order'),
    tips: name('tips'),
    blocks: name('blocks'),
    inventory: name('inv'),
  };
}

/** The maximum number of hashes of a locator. Steps that double cover 2^60 blocks. */
export const MAX_LOCATOR_HASHES = 64;
/** The maximum number of blocks of a slice of the order. */
export const MAX_SLICE_BLOCKS = 1024;
/** The maximum number of blocks that are asked for by hash. */
export const MAX_REQUESTED_BLOCKS = 128;
/** The maximum number of tips of an answer. */
export const MAX_TIPS = 512;
/** A slice or a list of blocks has no block more once it has this many bytes. */
export const SOFT_ANSWER_BYTES = 4_000_000;

/** A hello has at most this many bytes. */
export const MAX_HELLO_BYTES = 256;
/** The time for a hello, in ms. */
export const HELLO_TIMEOUT_MS = 10_000;
/** The time for every other request, in ms. */
export const REQUEST_TIMEOUT_MS = 10_000;
/** The time for a slice of the order, in ms. */
export const SLICE_TIMEOUT_MS = 30_000;
