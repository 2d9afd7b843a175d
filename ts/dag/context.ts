/** What a block says of its place in the DAG. The header commits to it by its hash. */
import { requireObject } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { displayHash } from '../pow/hex.ts';
import { sha256d } from '../pow/sha256d.ts';
import { type ByteReader, ByteWriter } from './bytes.ts';

/** Bytes of a context besides its parents. */
const FIXED_BYTES = 57;
const HASH_BYTES = 32;

/**
 * What a block says of its place in the DAG, in 57 + 32 n bytes for n parents. Scores and work must be exactly what its
 * parents call for; integers are at most 2^53 - 1.
 */
export interface Context {
  /** Hashes of the parents, strictly ascending; none for genesis alone. At most 255. */
  readonly parents: readonly string[];
  /** Milliseconds since the Unix epoch: above the past median time, at most `maxTimeAheadMs` ahead of the clock. */
  readonly timestampMs: number;
  /** Blocks that count for difficulty adjustment, up to and including those this block merges (KIP-4). */
  readonly daaScore: number;
  /** Blue blocks in the past (GHOSTDAG, eprint 2018/104). */
  readonly blueScore: number;
  /** Sum of the expected hashes of the blue blocks in the past; below 2^256. */
  readonly blueWork: bigint;
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT`, naming the field, for a value that does not fit it. The order is not checked. */
export function encodeContext(context: Context): Uint8Array {
  requireObject('context', context);
  if (!Array.isArray(context.parents)) {
    throw mustBe('context.parents', context.parents, 'an array of hashes');
  }
  const writer = new ByteWriter(FIXED_BYTES + HASH_BYTES * context.parents.length);
  writer.u8(context.parents.length, 'context.parents.length');
  for (const [index, parent] of context.parents.entries()) writer.hash(parent, `context.parents[${index}]`);
  return writer
    .safeU64(context.timestampMs, 'context.timestampMs')
    .safeU64(context.daaScore, 'context.daaScore')
    .safeU64(context.blueScore, 'context.blueScore')
    .u256(context.blueWork, 'context.blueWork')
    .finish();
}

/** Reads a context; what is read is exactly what {@link encodeContext} writes. */
export function readContext(reader: ByteReader): Context {
  const count = reader.u8('context.parents.length');
  const parents: string[] = [];
  for (let index = 0; index < count; index++) parents.push(reader.hash(`context.parents[${index}]`));
  return {
    parents,
    timestampMs: reader.safeU64('context.timestampMs'),
    daaScore: reader.safeU64('context.daaScore'),
    blueScore: reader.safeU64('context.blueScore'),
    blueWork: reader.u256('context.blueWork'),
  };
}

/** What the header's `contextHash` must be: sha256d of the serialised context, in displayed order. */
export function hashContext(contextBytes: Uint8Array): string {
  return displayHash(sha256d(contextBytes));
}
