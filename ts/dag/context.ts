/** The context of a block: its place in the DAG. The header contains the hash of the context. */
import { requireObject } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { sha256dDisplayed } from '../pow/sha256d.ts';
import { type ByteReader, ByteWriter } from './bytes.ts';

/** The number of bytes of a context without its parents. */
const FIXED_BYTES = 121;
const HASH_BYTES = 32;
/** The length of a context with 255 parents. */
export const MAX_CONTEXT_BYTES = contextBytes(255);

/** The length of a context with this number of parents. */
export function contextBytes(parents: number): number {
  return FIXED_BYTES + HASH_BYTES * parents;
}

/**
 * The place of a block in the DAG, in 121 + 32 n bytes for n parents. Everything but the timestamp must be exactly what
 * the parents determine. Integers are at most 2^53 - 1. Hashes are 64 hex digits in displayed order.
 */
export interface Context {
  /** Hashes of the parents, strictly ascending, at most 255. Empty for genesis alone. */
  readonly parents: readonly string[];
  /**
   * Milliseconds since the Unix epoch: greater than the past median time, at most `maxTimeAheadMs` ahead of the clock.
   */
  readonly timestampMs: number;
  /** The number of blocks that count for difficulty adjustment, up to and including this block's merge set (KIP-4). */
  readonly daaScore: number;
  /** The number of blue blocks in the past (GHOSTDAG, eprint 2018/104). */
  readonly blueScore: number;
  /** The sum of the work of the blue blocks in the past: the expected number of hashes, less than 2^256. */
  readonly blueWork: bigint;
  /**
   * Hash of the pruning point: the latest pruning sample of the block's selected chain that is at least the pruning
   * depth below it, or genesis. Genesis itself has 64 zeros.
   */
  readonly pruningPoint: string;
  /**
   * The root of the Merkle mountain range over the block's selected chain, from genesis to the selected parent. Genesis
   * has 64 zeros.
   */
  readonly chainRoot: string;
}

/**
 * Throws `ERR_QANTO_INVALID_ARGUMENT`, naming the field, if a value does not fit. Does not check the order of the
 * parents.
 */
export function encodeContext(context: Context): Uint8Array {
  requireObject('context', context);
  if (!Array.isArray(context.parents)) {
    throw mustBe('context.parents', context.parents, 'an array of hashes');
  }
  const writer = new ByteWriter(contextBytes(context.parents.length));
  writer.u8(context.parents.length, 'context.parents.length');
  for (const [index, parent] of context.parents.entries()) writer.hash(parent, `context.parents[${index}]`);
  return writer
    .safeU64(context.timestampMs, 'context.timestampMs')
    .safeU64(context.daaScore, 'context.daaScore')
    .safeU64(context.blueScore, 'context.blueScore')
    .u256(context.blueWork, 'context.blueWork')
    .hash(context.pruningPoint, 'context.pruningPoint')
    .hash(context.chainRoot, 'context.chainRoot')
    .finish();
}

/** Reads a context in the form that {@link encodeContext} writes. Throws `ERR_QANTO_MALFORMED`. */
export function readContext(reader: ByteReader): Context {
  const count = reader.u8('context.parents.length');
  const parents: string[] = [];
  for (let index = 0; index < count; index++) parents.push(reader.hash('context.parents[#]', index));
  return {
    parents,
    timestampMs: reader.safeU64('context.timestampMs'),
    daaScore: reader.safeU64('context.daaScore'),
    blueScore: reader.safeU64('context.blueScore'),
    blueWork: reader.u256('context.blueWork'),
    pruningPoint: reader.hash('context.pruningPoint'),
    chainRoot: reader.hash('context.chainRoot'),
  };
}

/** The `contextHash` of the header: sha256d of the serialised context, in displayed order. */
export function hashContext(contextBytes: Uint8Array): string {
  return sha256dDisplayed(contextBytes);
}
