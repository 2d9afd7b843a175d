/**
 * An implementation of blocks and their rules, written only from docs/protocol.md. It uses no code of this package, so
 * that its agreement with the test vectors shows that the document is sufficient.
 */
import { createHash } from 'node:crypto';
import { blake3 } from '@noble/hashes/blake3.js';

export interface Network {
  readonly powAlgorithm: 'sha256d' | 'blake3';
  readonly maxParents: number;
  readonly maxBlockBytes: number;
  readonly maxPayloads: number;
  readonly maxPayloadBytes: number;
}

export interface ReadHead {
  /** Hashes are in displayed order. */
  readonly hash: string;
  readonly headerBytes: Buffer;
  readonly version: number;
  readonly contextHash: string;
  readonly contentRoot: string;
  readonly time: number;
  readonly bits: number;
  readonly nonce: number;
  readonly contextBytes: Buffer;
  readonly parents: readonly string[];
  readonly timestampMs: number;
  readonly daaScore: number;
  readonly blueScore: number;
  readonly blueWork: bigint;
  readonly pruningPoint: string;
  readonly chainRoot: string;
}

export interface ReadBlock extends ReadHead {
  readonly contents: readonly Buffer[];
}

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
export const sha256d = (bytes: Uint8Array) => sha256(sha256(bytes));
export const displayed = (raw: Uint8Array) => Buffer.from(raw).reverse().toString('hex');
const littleEndian = (raw: Uint8Array) => BigInt(`0x${displayed(raw)}`);

/** The target; null if the bits do not encode one. */
export function targetOf(bits: number): bigint | null {
  const exponent = bits >>> 24;
  const mantissa = BigInt(bits & 0x7fffff);
  const target =
    exponent <= 3 ? mantissa >> BigInt(8 * (3 - exponent)) : mantissa << BigInt(8 * (exponent - 3));
  return (bits & 0x800000) !== 0 || target === 0n || target >= 2n ** 256n ? null : target;
}

export function bitsOf(target: bigint): number {
  const digits = target.toString(16);
  const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
  let exponent = bytes.length;
  let mantissa = Buffer.concat([bytes, Buffer.alloc(3)]).readUIntBE(0, 3);
  if (mantissa >= 0x800000) {
    mantissa >>= 8;
    exponent += 1;
  }
  return exponent * 2 ** 24 + mantissa;
}

export const workOf = (target: bigint) => 2n ** 256n / (target + 1n);

/** The merkle root in raw order. */
export function contentRootOf(contents: readonly Uint8Array[]): Buffer {
  let level = contents.map(sha256d);
  while (level.length > 1) {
    const pairs = level.filter((_, i) => i % 2 === 0).map((left, i) => [left, level[2 * i + 1] ?? left]);
    level = pairs.map((pair) => sha256d(Buffer.concat(pair)));
  }
  return level[0]!;
}

export function digestOf(header: Uint8Array, algorithm: Network['powAlgorithm']): Uint8Array {
  return algorithm === 'blake3' ? blake3(header) : sha256d(header);
}

/** Header and context of a block, and the rest of it; undefined if its context is malformed. */
export function readHead(bytes: Buffer): (ReadHead & { readonly rest: Buffer }) | undefined {
  const take = taking(bytes.subarray(81));
  const exact = () => {
    const value = take(8).readBigUInt64LE();
    if (value >= 2n ** 53n) throw new RangeError('2^53');
    return Number(value);
  };
  return unlessShort(() => {
    const parents = Array.from({ length: take(1)[0]! }, () => displayed(take(32)));
    const [timestampMs, daaScore, blueScore] = [exact(), exact(), exact()];
    const blueWork = littleEndian(take(32));
    const [pruningPoint, chainRoot] = [displayed(take(32)), displayed(take(32))];
    const rest = take();
    const contextBytes = bytes.subarray(81, bytes.length - rest.length);
    return {
      ...readHeader(bytes.subarray(1, 81)),
      ...{ contextBytes, parents, timestampMs, daaScore, blueScore, blueWork, pruningPoint, chainRoot, rest },
    };
  });
}

/** The contents; undefined if they are malformed. */
export function readContents(rest: Buffer): Buffer[] | undefined {
  const take = taking(rest);
  return unlessShort(() => {
    const contents: Buffer[] = [];
    for (let left = take(4).readUInt32LE(); left > 0; left--) contents.push(take(take(4).readUInt32LE()));
    return take().length === 0 ? contents : undefined;
  });
}

/** The decoded block, which must be well-formed. */
export function readBlock(bytes: Buffer): ReadBlock {
  const { rest, ...head } = readHead(bytes)!;
  return { ...head, contents: readContents(rest)! };
}

/** A function that returns the next bytes: the given number of them, or all that are left. */
function taking(bytes: Buffer) {
  let offset = 0;
  return (length = bytes.length - offset) => {
    if (offset + length > bytes.length) throw new RangeError('the end');
    offset += length;
    return bytes.subarray(offset - length, offset);
  };
}

function unlessShort<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

export function readHeader(headerBytes: Buffer) {
  return {
    hash: displayed(sha256d(headerBytes)),
    headerBytes,
    version: headerBytes.readUInt32LE(0),
    contextHash: displayed(headerBytes.subarray(4, 36)),
    contentRoot: displayed(headerBytes.subarray(36, 68)),
    time: headerBytes.readUInt32LE(68),
    bits: headerBytes.readUInt32LE(72),
    nonce: headerBytes.readUInt32LE(76),
  };
}

/** The code of the first rule of a section that the block breaks; undefined if it breaks none. */
type Rule<T> = (block: T) => string | undefined;

/**
 * The code of the first rule that the block breaks; undefined if it breaks none. `ruleOfDag` checks the rules that need
 * other blocks. Without it, the block is assumed to follow them.
 */
export function ruleBroken(
  bytes: Buffer,
  network: Network,
  ruleOfDag: Rule<ReadHead> = () => undefined,
): string | undefined {
  if (bytes.length > network.maxBlockBytes) return 'ERR_QANTO_BLOCK_TOO_LARGE';
  if (bytes.length < 81 || bytes[0] !== 2) return 'ERR_QANTO_MALFORMED';
  const ruleOfHeader = headerRuleBroken(readHeader(bytes.subarray(1, 81)), network);
  if (ruleOfHeader !== undefined) return ruleOfHeader;
  const head = readHead(bytes);
  if (head === undefined) return 'ERR_QANTO_MALFORMED';
  return (
    contextRuleBroken(head, network) ??
    ruleOfDag(head) ??
    contentRuleBroken(head.contentRoot, head.rest, network)
  );
}

function headerRuleBroken(header: ReturnType<typeof readHeader>, network: Network): string | undefined {
  if ((header.version & ~0x1fffe000) >>> 0 !== 0x20000000) return 'ERR_QANTO_BAD_VERSION';
  const target = targetOf(header.bits);
  if (target === null) return 'ERR_QANTO_INVALID_BITS';
  const digest = digestOf(header.headerBytes, network.powAlgorithm);
  return littleEndian(digest) > target ? 'ERR_QANTO_POW_NOT_MET' : undefined;
}

function contextRuleBroken(head: ReadHead, network: Network): string | undefined {
  const { parents } = head;
  if (head.contextHash !== displayed(sha256d(head.contextBytes))) return 'ERR_QANTO_CONTEXT_HASH_MISMATCH';
  if (parents.length === 0) return 'ERR_QANTO_NO_PARENTS';
  if (parents.length > network.maxParents) return 'ERR_QANTO_TOO_MANY_PARENTS';
  if (new Set(parents).size < parents.length) return 'ERR_QANTO_DUPLICATE_PARENT';
  if (parents.some((parent, i) => i > 0 && parent < parents[i - 1]!)) return 'ERR_QANTO_PARENTS_NOT_SORTED';
  const seconds = Math.floor(head.timestampMs / 1000);
  return head.time < seconds || head.time > seconds + 600 ? 'ERR_QANTO_TIME_OUT_OF_RANGE' : undefined;
}

function contentRuleBroken(contentRoot: string, rest: Buffer, network: Network): string | undefined {
  const contents = readContents(rest);
  if (contents === undefined) return 'ERR_QANTO_MALFORMED';
  const [coinbase, ...payloads] = contents;
  if (payloads.length > network.maxPayloads) return 'ERR_QANTO_TOO_MANY_PAYLOADS';
  if (coinbase?.length !== 40) return 'ERR_QANTO_BAD_COINBASE';
  if (payloads.some((payload) => payload.length > network.maxPayloadBytes))
    return 'ERR_QANTO_PAYLOAD_TOO_LARGE';
  if (new Set(contents.map((content) => content.toString('hex'))).size < contents.length)
    return 'ERR_QANTO_DUPLICATE_PAYLOAD';
  return contentRoot === displayed(contentRootOf(contents)) ? undefined : 'ERR_QANTO_CONTENT_ROOT_MISMATCH';
}
