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
  readonly maxPayloadBytes: number;
}

export interface ReadBlock {
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

/** The decoded block, or `ERR_QANTO_MALFORMED` or `ERR_QANTO_BAD_COINBASE`. */
export function readBlock(bytes: Buffer): ReadBlock | 'ERR_QANTO_MALFORMED' | 'ERR_QANTO_BAD_COINBASE' {
  let offset = 0;
  const take = (length: number) => {
    if (offset + length > bytes.length) throw new RangeError('the end');
    offset += length;
    return bytes.subarray(offset - length, offset);
  };
  const exact = (raw: Buffer) => {
    const value = raw.readBigUInt64LE();
    if (value >= 2n ** 53n) throw new RangeError('2^53');
    return Number(value);
  };
  try {
    if (take(1)[0] !== 2) return 'ERR_QANTO_MALFORMED';
    const headerBytes = take(80);
    const contextStart = offset;
    const parents = Array.from({ length: take(1)[0]! }, () => displayed(take(32)));
    const [timestampMs, daaScore, blueScore] = [exact(take(8)), exact(take(8)), exact(take(8))];
    const blueWork = littleEndian(take(32));
    const [pruningPoint, chainRoot] = [displayed(take(32)), displayed(take(32))];
    const contextBytes = bytes.subarray(contextStart, offset);
    const contents: Buffer[] = [];
    for (let left = take(4).readUInt32LE(); left > 0; left--) contents.push(take(take(4).readUInt32LE()));
    if (offset !== bytes.length) return 'ERR_QANTO_MALFORMED';
    if (contents[0]?.length !== 40) return 'ERR_QANTO_BAD_COINBASE';
    return {
      ...readHeader(headerBytes),
      ...{
        contextBytes,
        parents,
        timestampMs,
        daaScore,
        blueScore,
        blueWork,
        pruningPoint,
        chainRoot,
        contents,
      },
    };
  } catch (error) {
    if (error instanceof RangeError) return 'ERR_QANTO_MALFORMED';
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

/** The first rule that the block breaks, of those that need only the block itself; undefined if it breaks none. */
export function ruleBroken(bytes: Buffer, network: Network): string | undefined {
  if (bytes.length > network.maxBlockBytes) return 'ERR_QANTO_BLOCK_TOO_LARGE';
  const block = readBlock(bytes);
  if (typeof block === 'string') return block;
  const { parents, contents } = block;
  if ((block.version & ~0x1fffe000) >>> 0 !== 0x20000000) return 'ERR_QANTO_BAD_VERSION';
  if (parents.length === 0) return 'ERR_QANTO_NO_PARENTS';
  if (parents.length > network.maxParents) return 'ERR_QANTO_TOO_MANY_PARENTS';
  if (new Set(parents).size < parents.length) return 'ERR_QANTO_DUPLICATE_PARENT';
  if (parents.some((parent, i) => i > 0 && parent < parents[i - 1]!)) return 'ERR_QANTO_PARENTS_NOT_SORTED';
  const seconds = Math.floor(block.timestampMs / 1000);
  if (block.time < seconds || block.time > seconds + 600) return 'ERR_QANTO_TIME_OUT_OF_RANGE';
  if (block.contextHash !== displayed(sha256d(block.contextBytes))) return 'ERR_QANTO_CONTEXT_HASH_MISMATCH';
  if (contents.slice(1).some((payload) => payload.length > network.maxPayloadBytes))
    return 'ERR_QANTO_PAYLOAD_TOO_LARGE';
  if (new Set(contents.map((content) => content.toString('hex'))).size < contents.length)
    return 'ERR_QANTO_DUPLICATE_PAYLOAD';
  if (block.contentRoot !== displayed(contentRootOf(contents))) return 'ERR_QANTO_CONTENT_ROOT_MISMATCH';
  const target = targetOf(block.bits);
  if (target === null) return 'ERR_QANTO_INVALID_BITS';
  if (littleEndian(digestOf(block.headerBytes, network.powAlgorithm)) > target)
    return 'ERR_QANTO_POW_NOT_MET';
  return undefined;
}
