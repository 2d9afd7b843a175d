/**
 * Replays a store into an engine and verifies what it reads: every stored block, in the order of acceptance. The hash
 * of each header must be the hash that the block is stored under, the context must be the one that the header commits
 * to, and the consensus data must be the same as when the block was accepted. So any damage in what is read here is
 * detected. Proof of work is not checked again, since the hash covers it. The consensus data of trusted blocks cannot
 * be computed again and is read from records with checksums.
 */
import { QantoError } from '../errors.ts';
import { displayHash } from '../pow/hex.ts';
import { type Block, joinBlock, parseHead, parseOwnBlock } from './block.ts';
import { hashContext } from './context.ts';
import type { DagEngine } from './engine/engine.ts';
import type { VirtualOrigin } from './engine/types.ts';
import type { BlockView } from './engine/views.ts';
import { BlockPrunedError } from './errors.ts';
import { HEADER_BYTES } from './header.ts';
import { merkleLeaves, merkleRootSteps } from './merkle.ts';
import { decodeState, decodeTrusted } from './pruning-records.ts';
import { Slices, type Steps } from './slices.ts';
import { StoreDamagedError } from './store/errors.ts';
import { type BlockStore, NO_BODY, type StoredBlock, type StoredHead } from './store/store.ts';

const { setImmediate: nextTurn } = process.getBuiltinModule('node:timers/promises');

/** The time for which blocks are replayed between two turns of the event loop. */
const SLICE_MS = 5;

/** The state that the store has; undefined if it has none. Throws `ERR_QANTO_STORE_DAMAGED`. */
export function storedOrigin({ state, location }: BlockStore): VirtualOrigin | undefined {
  return state && asDamage(location, 'the pruning state', () => decodeState(state));
}

/**
 * Adds the blocks with these heads to an engine, and calls `onAdded` with the timestamp of each. Rejects with
 * `ERR_QANTO_STORE_DAMAGED`, naming the block. The virtual state is not up to date afterwards.
 */
export async function replay(
  location: string,
  engine: DagEngine,
  heads: AsyncIterable<readonly StoredHead[]>,
  onAdded: (timestampMs: number) => void,
): Promise<void> {
  for await (const batch of heads) {
    let endMs = performance.now() + SLICE_MS;
    for (const stored of batch) {
      onAdded(asDamage(location, `block ${stored.hash}`, () => replayBlock(engine, stored)));
      // A store need not let the event loop run between batches.
      if (performance.now() < endMs) continue;
      await nextTurn();
      endMs = performance.now() + SLICE_MS;
    }
  }
}

function replayBlock(engine: DagEngine, stored: StoredHead): number {
  const { hash, header, context } = parseHead(stored.head);
  requireSame('hash of the header', hash, stored.hash);
  requireSame('hash of the context', hashContext(stored.head.subarray(HEADER_BYTES)), header.contextHash);
  const { parents, timestampMs } = context;
  const node = { hash, parents, bits: header.bits, timestampMs };
  if (stored.trusted !== undefined) {
    engine.addTrusted({ ...context, ...node, ...decodeTrusted(stored.trusted) });
    return timestampMs;
  }
  const view: BlockView = engine.add(node);
  requireSame('bits', header.bits, view.expectedBits);
  requireSame('daaScore', context.daaScore, view.daaScore);
  requireSame('blueScore', context.blueScore, view.blueScore);
  requireSame('blueWork', context.blueWork, view.blueWork);
  requireSame('pruningPoint', context.pruningPoint, view.pruningPoint);
  requireSame('chainRoot', context.chainRoot, view.chainRoot);
  return timestampMs;
}

/**
 * Decodes a stored block, in slices between which the event loop runs. Rejects with `ERR_QANTO_BLOCK_PRUNED`, and with
 * `ERR_QANTO_STORE_DAMAGED` if it is not the block with this hash.
 */
export async function blockFrom(location: string, hash: string, stored: StoredBlock): Promise<Block> {
  if (stored.body.length === NO_BODY.length) throw new BlockPrunedError(hash);
  try {
    return await new Slices().run(readStored(hash, stored));
  } catch (error) {
    throw damageFrom(location, `block ${hash}`, error);
  }
}

/**
 * The encoded form of a stored block, whose contents are not decoded. Throws `ERR_QANTO_BLOCK_PRUNED`, and
 * `ERR_QANTO_STORE_DAMAGED` if its header or context is not that of the block with this hash.
 */
export function encodedFrom(location: string, hash: string, stored: StoredBlock): Uint8Array {
  if (stored.body.length === NO_BODY.length) throw new BlockPrunedError(hash);
  return joinBlock(headFrom(location, hash, stored), stored.body);
}

/** Header and context of a stored block. Throws `ERR_QANTO_STORE_DAMAGED` if they are not those of the block with this hash. */
export function headFrom(location: string, hash: string, { head }: StoredBlock): Uint8Array {
  return asDamage(location, `block ${hash}`, () => {
    const parsed = parseHead(head);
    requireSame('hash of the header', parsed.hash, hash);
    requireSame('hash of the context', hashContext(head.subarray(HEADER_BYTES)), parsed.header.contextHash);
    return head;
  });
}

function* readStored(hash: string, stored: StoredBlock): Steps<Block> {
  const parsed = yield* parseOwnBlock(joinBlock(stored.head, stored.body));
  const { header } = parsed.block;
  requireSame('hash of the header', parsed.hash, hash);
  requireSame('hash of the context', hashContext(parsed.context), header.contextHash);
  const leaves = yield* merkleLeaves(parsed.contents);
  const contentRoot = displayHash(yield* merkleRootSteps(leaves));
  requireSame('merkle root of the contents', contentRoot, header.contentRoot);
  return parsed.block;
}

/** Runs a function that reads stored data. Any error that it throws becomes `ERR_QANTO_STORE_DAMAGED`. */
export function asDamage<T>(location: string, what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw damageFrom(location, what, error);
  }
}

/** Reports any error in stored data as damage, since the data was valid when it was written. */
function damageFrom(location: string, what: string, error: unknown): unknown {
  if (!(error instanceof QantoError)) return error;
  return new StoreDamagedError(location, `${what}: ${error.message}`, error);
}

function requireSame<T>(what: string, found: T, expected: T): void {
  if (found !== expected)
    throw new QantoError('ERR_QANTO_STORE_DAMAGED', `the ${what} is ${found}, not ${expected}`);
}
