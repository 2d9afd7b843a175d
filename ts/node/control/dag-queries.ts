/** Queries of a DAG for `qanto inspect`. */
import { QantoError } from 'qanto';
import { BlockPrunedError, type BlockView, type ColourExplanation, type QantoDag } from 'qanto/dag';
import { BlockNotFoundError } from './errors.ts';

/** The place of a block in the total order, and its colour there, unless blocks that would explain it were pruned. */
export interface OrderPlace {
  readonly position: number;
  /** See {@link ColourExplanation}. */
  readonly mergedBy?: string | undefined;
  readonly colour?: ColourExplanation['colour'];
  readonly isSelectedParent?: boolean;
  readonly rule?: string;
  readonly blues?: readonly string[];
}

/**
 * A block and its place in the DAG. `consensus` is undefined if the block was pruned, and `contents` if they were. `order` is
 * also undefined if the block is not in the past of the next block.
 */
export interface BlockReport {
  readonly hash: string;
  readonly parents: readonly string[];
  readonly timestampMs: number;
  readonly bits: number;
  readonly blueScore: number;
  readonly daaScore: number;
  readonly blueWork: bigint;
  readonly pruningPoint: string;
  readonly chainRoot: string;
  readonly consensus?: {
    readonly selectedParent: string | undefined;
    readonly mergeSetBlues: readonly string[];
    readonly mergeSetReds: readonly string[];
  };
  readonly order?: OrderPlace;
  readonly contents?: {
    readonly version: number;
    readonly time: number;
    readonly nonce: number;
    readonly contentRoot: string;
    readonly address: string;
    readonly extraNonce: bigint;
    readonly payloads: number;
    readonly payloadBytes: number;
  };
}

/** Rejects with `ERR_QANTO_BLOCK_NOT_FOUND`. */
export async function blockReport(dag: QantoDag, hash: string): Promise<BlockReport> {
  const view = dag.getView(hash);
  // Pruning may drop the block from memory while the store reads it.
  const order = view && placeOf(dag, hash);
  const block = await dag.getBlock(hash).catch((error: unknown) => {
    if (error instanceof BlockPrunedError) return undefined;
    throw error;
  });
  const fields = view ?? (block && { ...block.context, bits: block.header.bits });
  if (fields === undefined) throw new BlockNotFoundError(hash);
  return {
    hash,
    parents: fields.parents,
    timestampMs: fields.timestampMs,
    bits: fields.bits,
    blueScore: fields.blueScore,
    daaScore: fields.daaScore,
    blueWork: fields.blueWork,
    pruningPoint: fields.pruningPoint,
    chainRoot: fields.chainRoot,
    ...(view && {
      consensus: {
        selectedParent: view.selectedParent,
        mergeSetBlues: view.mergeSetBlues,
        mergeSetReds: view.mergeSetReds,
      },
    }),
    ...(order && { order }),
    ...(block && {
      contents: {
        version: block.header.version,
        time: block.header.time,
        nonce: block.header.nonce,
        contentRoot: block.header.contentRoot,
        address: block.coinbase.address,
        extraNonce: block.coinbase.extraNonce,
        payloads: block.payloads.length,
        payloadBytes: block.payloads.reduce((sum, { length }) => sum + length, 0),
      },
    }),
  };
}

/** The place of a block that is in memory. */
function placeOf(dag: QantoDag, hash: string): OrderPlace | undefined {
  const position = unless('ERR_QANTO_NOT_IN_ORDER', () => dag.position(hash));
  if (position === undefined) return undefined;
  const explanation = unless('ERR_QANTO_PAST_PRUNED', () => dag.explainColour(hash));
  const { hash: _, ...colour } = explanation ?? { hash };
  return { position, ...colour };
}

/** The result of a call; undefined if it throws the error with this code. */
export function unless<T>(code: string, call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    if (error instanceof QantoError && error.code === code) return undefined;
    throw error;
  }
}

/** A line of a list of blocks. */
export interface BlockLine {
  readonly hash: string;
  readonly blueScore: number;
  readonly timestampMs: number;
}

export function tipLines(dag: QantoDag): BlockLine[] {
  return dag.tips().map((hash) => lineOf(dag.getView(hash)!));
}

/** Part of the total order. */
export interface OrderSlice {
  /** The position at which the DAG's order begins: 0, or later if blocks were pruned. */
  readonly start: number;
  /** The position after the last block. */
  readonly end: number;
  readonly blocks: readonly (BlockLine & { readonly position: number })[];
}

/** At most `count` blocks of the total order, from a position on. Without a position, the last blocks. */
export function orderSlice(dag: QantoDag, from: number | undefined, count: number): OrderSlice {
  const { orderStart: start, orderEnd: end } = dag.info();
  const first = Math.max(from ?? end - count, start);
  const hashes = dag.orderSlice(first, count);
  return {
    start,
    end,
    blocks: hashes.map((hash, index) => ({ position: first + index, ...lineOf(dag.getView(hash)!) })),
  };
}

/**
 * At most `count` blocks of a selected chain, from a block down. Without a hash, from the sink. Throws
 * `ERR_QANTO_BLOCK_NOT_FOUND`.
 */
export function chainSlice(dag: QantoDag, from: string | undefined, count: number): BlockLine[] {
  const lines: BlockLine[] = [];
  let view = dag.getView(from ?? dag.sink());
  if (view === undefined) throw new BlockNotFoundError(from!);
  while (view !== undefined && lines.length < count) {
    lines.push(lineOf(view));
    view = view.selectedParent === undefined ? undefined : dag.getView(view.selectedParent);
  }
  return lines;
}

function lineOf({ hash, blueScore, timestampMs }: BlockView): BlockLine {
  return { hash, blueScore, timestampMs };
}
