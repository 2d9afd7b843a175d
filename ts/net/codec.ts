/**
 * The messages of the protocol as bytes. Integers are little-endian; hashes have 32 bytes in the order of the digest, which
 * is the reverse of the displayed order. What is decoded comes from peers: every decoder throws nothing but a
 * MalformedMessageError, and its result is bounded by the length of the message.
 */
import { ByteReader, ByteWriter } from '../dag/bytes.ts';
import { BlockRejectedError } from '../dag/errors.ts';
import { MalformedMessageError } from './errors.ts';
import {
  MAX_LOCATOR_HASHES,
  MAX_REQUESTED_BLOCKS,
  MAX_SLICE_BLOCKS,
  MAX_TIPS,
  PROTOCOL_VERSION,
} from './protocol.ts';

const HASH_BYTES = 32;

/** What each of two peers tells the other first. */
export interface Hello {
  /** The version of the protocol, 0 to 255. */
  readonly version: number;
  /** The name of the network: 1 to 32 ASCII characters. */
  readonly network: string;
  readonly genesis: string;
  /** A random number (u64) of this run of the node, by which it recognises itself. */
  readonly instance: bigint;
  readonly sink: string;
  /** The blue score of the sink. */
  readonly blueScore: number;
  /** The blue work of the sink. */
  readonly blueWork: bigint;
  readonly pruningPoint: string;
  /** The number of blocks of the total order, which is only an estimate of the length of a first sync. */
  readonly orderEnd: number;
  /** Milliseconds since the Unix epoch. */
  readonly timeMs: number;
}

export function encodeHello(hello: Hello): Uint8Array {
  const network = Buffer.from(hello.network, 'latin1');
  return new ByteWriter(2 + network.length + 8 + 3 * HASH_BYTES + 8 + 32 + 8 + 8)
    .u8(hello.version, 'version')
    .u8(network.length, 'network.length')
    .bytes(network)
    .hash(hello.genesis, 'genesis')
    .u64(hello.instance, 'instance')
    .hash(hello.sink, 'sink')
    .safeU64(hello.blueScore, 'blueScore')
    .u256(hello.blueWork, 'blueWork')
    .hash(hello.pruningPoint, 'pruningPoint')
    .safeU64(hello.orderEnd, 'orderEnd')
    .safeU64(hello.timeMs, 'timeMs')
    .finish();
}

/** A hello of any version begins with these fields. That of another version may have more. */
export function decodeHello(bytes: Uint8Array): Hello {
  return decoding('hello', bytes, (reader) => {
    const version = reader.u8('version');
    const length = reader.u8('network.length');
    if (length < 1 || length > 32) reader.fail('network.length', length, '1 to 32');
    const network = Buffer.from(reader.bytes(length, 'network')).toString('latin1');
    if (!/^[a-z][a-z0-9-]*$/.test(network)) reader.fail('network', network, 'a name of a network');
    const hello = {
      version,
      network,
      genesis: reader.hash('genesis'),
      instance: reader.u64('instance'),
      sink: reader.hash('sink'),
      blueScore: reader.safeU64('blueScore'),
      blueWork: reader.u256('blueWork'),
      pruningPoint: reader.hash('pruningPoint'),
      orderEnd: reader.safeU64('orderEnd'),
      timeMs: reader.safeU64('timeMs'),
    };
    if (version !== PROTOCOL_VERSION) reader.bytes(reader.remaining, 'later fields');
    return hello;
  });
}

/** Asks for a slice of the peer's order that begins `offset` blocks after a block that both have. */
export interface OrderRequest {
  /** Hashes of the own selected chain, from the sink downwards. The highest one that the peer's chain has counts. */
  readonly locator: readonly string[];
  /** The number of blocks to skip, from that block on. */
  readonly offset: number;
  /** The maximum number of blocks, 1 to 1,024. */
  readonly count: number;
}

export function encodeOrderRequest({ locator, offset, count }: OrderRequest): Uint8Array {
  const writer = new ByteWriter(1 + HASH_BYTES * locator.length + 8 + 4).u8(locator.length, 'locator.length');
  for (const hash of locator) writer.hash(hash, 'locator');
  return writer.safeU64(offset, 'offset').u32(count, 'count').finish();
}

export function decodeOrderRequest(bytes: Uint8Array): OrderRequest {
  return decoding('order request', bytes, (reader) => {
    const length = reader.u8('locator.length');
    if (length < 1 || length > MAX_LOCATOR_HASHES) {
      reader.fail('locator.length', length, `1 to ${MAX_LOCATOR_HASHES}`);
    }
    const locator = Array.from({ length }, () => reader.hash('locator'));
    const offset = reader.safeU64('offset');
    const count = reader.u32('count');
    if (count < 1 || count > MAX_SLICE_BLOCKS) reader.fail('count', count, `1 to ${MAX_SLICE_BLOCKS}`);
    return { locator, offset, count };
  });
}

/** `unknown`: the peer's chain has no block of the locator. `pruned`: it has one, but has pruned blocks after it. */
export const SLICE_STATUSES = ['found', 'unknown', 'pruned'] as const;

/** The first frame of the answer to an order request. The blocks follow, one a frame. */
export interface SliceHead {
  readonly status: (typeof SLICE_STATUSES)[number];
  /** The block of the locator from which on blocks are counted; 64 zeros unless `found`. */
  readonly low: string;
  /** The position of the first block in the order; 0 unless `found`. */
  readonly position: number;
  /** The number of blocks of the order; 0 unless `found`. */
  readonly orderEnd: number;
}

export function encodeSliceHead(head: SliceHead): Uint8Array {
  return new ByteWriter(1 + HASH_BYTES + 16)
    .u8(SLICE_STATUSES.indexOf(head.status), 'status')
    .hash(head.low, 'low')
    .safeU64(head.position, 'position')
    .safeU64(head.orderEnd, 'orderEnd')
    .finish();
}

export function decodeSliceHead(bytes: Uint8Array): SliceHead {
  return decoding('slice head', bytes, (reader) => {
    const code = reader.u8('status');
    const status = SLICE_STATUSES[code] ?? reader.fail('status', code, '0, 1 or 2');
    const low = reader.hash('low');
    return {
      status,
      low,
      position: reader.safeU64('position'),
      orderEnd: reader.safeU64('orderEnd'),
    };
  });
}

/** A list of hashes: tips, or the blocks that are asked for. Its length gives their number. */
export function encodeHashes(hashes: readonly string[]): Uint8Array {
  const writer = new ByteWriter(HASH_BYTES * hashes.length);
  for (const hash of hashes) writer.hash(hash, 'hash');
  return writer.finish();
}

export const decodeTips = (bytes: Uint8Array) => decodeHashes('tips', bytes, MAX_TIPS);
export const decodeBlockRequest = (bytes: Uint8Array) => {
  return decodeHashes('block request', bytes, MAX_REQUESTED_BLOCKS);
};

function decodeHashes(name: string, bytes: Uint8Array, most: number): string[] {
  return decoding(name, bytes, (reader) => {
    const count = Math.floor(bytes.length / HASH_BYTES);
    if (count < 1 || count > most) reader.fail('length', count, `1 to ${most} hashes`);
    return Array.from({ length: count }, () => reader.hash('hash'));
  });
}

function decoding<T>(name: string, bytes: Uint8Array, decode: (reader: ByteReader) => T): T {
  try {
    const reader = new ByteReader(bytes);
    const decoded = decode(reader);
    reader.end();
    return decoded;
  } catch (error) {
    if (!(error instanceof BlockRejectedError)) throw error;
    const { field, expected } = error;
    throw new MalformedMessageError(name, `${field} must be ${expected}`);
  }
}
