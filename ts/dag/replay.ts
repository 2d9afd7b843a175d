/**
 * What a store holds, made sure of. From a store to an engine: every stored block once more, in the order of acceptance. Each must hash to the name
 * it is stored under, hold the context its header commits to, and fit its place in the DAG as when it was accepted;
 * so damage anywhere in what is read here shows. Proof of work is not asked again: the hash covers it.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../environment.ts';
import { QantoError } from '../errors.ts';
import { displayHash } from '../pow/hex.ts';
import { type Block, joinBlock, type ParsedBlock, parseBlock, parseHead } from './block.ts';
import { hashContext } from './context.ts';
import { DagEngine } from './engine/engine.ts';
import type { BlockView } from './engine/types.ts';
import { HEADER_BYTES } from './header.ts';
import { merkleLeaf, merkleRoot } from './merkle.ts';
import type { NetworkParams } from './params.ts';
import { StoreDamagedError } from './store/errors.ts';
import type { BlockStore, StoredHead } from './store/store.ts';

/** Blocks replayed before the event loop gets a turn. */
const BLOCKS_PER_TURN = 1000;

export interface Replayed {
  readonly engine: DagEngine;
  /** Timestamp of the block accepted last, or of genesis. */
  readonly lastTimestampMs: number;
}

/** Throws `STORE_DAMAGED`, naming the block. The virtual state is up to date afterwards. */
export async function replay(
  store: BlockStore,
  genesis: ParsedBlock,
  network: NetworkParams,
  clock: Clock,
): Promise<Replayed> {
  let { timestampMs: lastTimestampMs } = genesis.block.context;
  const bits = genesis.block.header.bits;
  const engine = new DagEngine(network, {
    hash: genesis.hash,
    parents: [],
    bits,
    timestampMs: lastTimestampMs,
  });
  clock.observeBlock(lastTimestampMs, network.targetTimePerBlockMs);
  for (const stored of store.heads()) {
    lastTimestampMs = asDamage(store, stored.hash, () => replayBlock(engine, stored));
    clock.observeBlock(lastTimestampMs, network.targetTimePerBlockMs);
    if (engine.size % BLOCKS_PER_TURN === 0) await nextTurn();
  }
  engine.updateVirtual();
  return { engine, lastTimestampMs };
}

function replayBlock(engine: DagEngine, stored: StoredHead): number {
  const { hash, header, context } = parseHead(stored.head);
  requireSame('hash of the header', hash, stored.hash);
  requireSame('hash of the context', hashContext(stored.head.subarray(HEADER_BYTES)), header.contextHash);
  const { parents, timestampMs } = context;
  const view: BlockView = engine.add({ hash, parents, bits: header.bits, timestampMs });
  requireSame('bits', header.bits, view.expectedBits);
  requireSame('daaScore', context.daaScore, view.daaScore);
  requireSame('blueScore', context.blueScore, view.blueScore);
  requireSame('blueWork', context.blueWork, view.blueWork);
  return timestampMs;
}

/** A block the store is known to hold. Throws `STORE_DAMAGED` when it does not, or holds something else. */
export function readStoredBlock(store: BlockStore, hash: string): Block {
  const stored = store.read(hash);
  if (!stored) throw new StoreDamagedError(store.location, `block ${hash} is missing`);
  return asDamage(store, hash, () => {
    const parsed = parseBlock(joinBlock(stored.head, stored.body));
    const { header } = parsed.block;
    requireSame('hash of the header', parsed.hash, hash);
    requireSame('hash of the context', hashContext(parsed.context), header.contextHash);
    const contentRoot = displayHash(merkleRoot(parsed.contents.map(merkleLeaf)));
    requireSame('merkle root of the contents', contentRoot, header.contentRoot);
    return parsed.block;
  });
}

/** Whatever a stored block turns out to violate, it was sound when it was written. */
function asDamage<T>(store: BlockStore, hash: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof QantoError)) throw error;
    throw new StoreDamagedError(store.location, `block ${hash}: ${error.message}`, error);
  }
}

function requireSame<T>(what: string, found: T, expected: T): void {
  if (found !== expected) throw new QantoError('STORE_DAMAGED', `its ${what} is ${found}, not ${expected}`);
}
