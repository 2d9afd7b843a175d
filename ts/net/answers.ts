/** Answers the requests of peers from the DAG. Each answer is bounded whatever is asked for. */
import type { QantoDag } from '../dag/qanto-dag.ts';
import {
  decodeBlockRequest,
  decodeOrderRequest,
  encodeHashes,
  encodeSliceHead,
  type Hello,
  type SliceHead,
} from './codec.ts';
import { codeOf } from './locator.ts';
import { MAX_TIPS, PROTOCOL_VERSION, SOFT_ANSWER_BYTES } from './protocol.ts';

const NOTHING = '0'.repeat(64);

/** The hello of a node with this DAG. */
export function helloOf(dag: QantoDag, instance: bigint, timeMs: number): Hello {
  const { sink, pruningPoint, orderEnd, network } = dag.info();
  const { blueScore, blueWork } = dag.getView(sink)!;
  const version = PROTOCOL_VERSION;
  return {
    version,
    network,
    genesis: dag.genesis,
    instance,
    sink,
    blueScore,
    blueWork,
    pruningPoint,
    orderEnd,
    timeMs,
  };
}

/** A slice of the order: its head, and then the blocks. */
export async function answerOrder(dag: QantoDag, payload: Uint8Array): Promise<Uint8Array[]> {
  const { locator, offset, count } = decodeOrderRequest(payload);
  const start = startOf(dag, locator);
  if (start.status !== 'found') return [encodeSliceHead(start)];
  const position = start.position + offset;
  const hashes = position < start.orderEnd ? dag.orderSlice(position, count) : [];
  const blocks = await readBlocks(dag, hashes);
  if (blocks.length === 0 && hashes.length > 0) return [encodeSliceHead(nothing('pruned'))];
  return [encodeSliceHead({ ...start, position }), ...blocks];
}

/** The highest block of the locator that is in the selected chain, and its position. */
function startOf(dag: QantoDag, locator: readonly string[]): SliceHead {
  for (const hash of locator) {
    try {
      dag.selectedChain(hash, 1);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ERR_QANTO_PAST_PRUNED') return nothing('pruned');
      if (code === 'ERR_QANTO_UNKNOWN_BLOCK' || code === 'ERR_QANTO_NOT_IN_CHAIN') continue;
      throw error;
    }
    const { orderStart, orderEnd } = dag.info();
    const position = dag.position(hash);
    if (position < orderStart) return nothing('pruned');
    return { status: 'found', low: hash, position, orderEnd };
  }
  return nothing('unknown');
}

function nothing(status: SliceHead['status']): SliceHead {
  return { status, low: NOTHING, position: 0, orderEnd: 0 };
}

/** The blocks up to the first that is no longer held, or up to the limit of an answer. */
async function readBlocks(dag: QantoDag, hashes: readonly string[]): Promise<Uint8Array[]> {
  const blocks: Uint8Array[] = [];
  let bytes = 0;
  for (const hash of hashes) {
    const block = await heldBlock(dag, hash);
    if (block === undefined) break;
    blocks.push(block);
    bytes += block.length;
    if (bytes >= SOFT_ANSWER_BYTES) break;
  }
  return blocks;
}

/** The tips of the DAG, in one frame. The heaviest ones if there are too many. */
export function answerTips(dag: QantoDag): Uint8Array[] {
  return [encodeHashes(dag.tips().slice(-MAX_TIPS))];
}

/** The blocks with these hashes, a frame each; it is empty if the block is not held. */
export async function answerBlocks(dag: QantoDag, payload: Uint8Array): Promise<Uint8Array[]> {
  const blocks: Uint8Array[] = [];
  let bytes = 0;
  for (const hash of decodeBlockRequest(payload)) {
    const block = await heldBlock(dag, hash);
    blocks.push(block ?? new Uint8Array(0));
    bytes += block?.length ?? 0;
    if (bytes >= SOFT_ANSWER_BYTES) break;
  }
  return blocks;
}

async function heldBlock(dag: QantoDag, hash: string): Promise<Uint8Array | undefined> {
  try {
    return await dag.encodedBlock(hash);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ERR_QANTO_UNKNOWN_BLOCK' || code === 'ERR_QANTO_BLOCK_PRUNED') return undefined;
    throw error;
  }
}
