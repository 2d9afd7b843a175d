import { difficultyFromCompact } from 'qanto';
import { type Block, BlockPrunedError, type QantoDag } from 'qanto/dag';
import type { BlockCard, BlockColour, BlockContents } from '../../view/messages.ts';
import { unless } from '../control/dag-queries.ts';
import { isChainBlock, mergerOf, positionOf } from './records.ts';

const MAX_PAYLOADS = 50;
const MAX_SHOWN_BYTES = 2048;

/** What the page shows about a block. Resolves to undefined if the block is not in memory. */
export async function blockCard(dag: QantoDag, hash: string): Promise<BlockCard | undefined> {
  const view = dag.getView(hash);
  if (view === undefined) return undefined;
  const { selectedParent } = view;
  const position = positionOf(dag, hash);
  const colour = position === undefined ? undefined : colourOf(dag, hash, view.timestampMs);
  const card = {
    hash,
    parents: view.parents,
    children: dag.children(hash),
    ...(selectedParent !== undefined && { selectedParent }),
    timestampMs: view.timestampMs,
    bits: view.bits,
    difficulty: difficultyFromCompact(view.bits),
    blueScore: view.blueScore,
    daaScore: view.daaScore,
    blueWork: String(view.blueWork),
    mergeSetBlues: view.mergeSetBlues,
    mergeSetReds: view.mergeSetReds,
    ...(position !== undefined && { position }),
    isChainBlock: isChainBlock(dag, hash),
    ...(colour && { colour }),
  };
  const block = await dag.getBlock(hash).catch((error: unknown) => {
    if (error instanceof BlockPrunedError) return undefined;
    throw error;
  });
  return { ...card, ...(block && { contents: contentsOf(block) }) };
}

function colourOf(dag: QantoDag, hash: string, timestampMs: number): BlockColour {
  const explained = unless('ERR_QANTO_PAST_PRUNED', () => dag.explainColour(hash));
  // Only the reason for a red block can be pruned; genesis is blue.
  if (explained === undefined && hash === dag.genesis) return { colour: 'blue', isSelectedParent: true };
  const mergedBy = explained === undefined ? mergerOf(dag, hash) : explained.mergedBy;
  const merger = mergedBy === undefined ? undefined : dag.getView(mergedBy);
  const merged = {
    ...(mergedBy !== undefined && { mergedBy }),
    ...(merger && { acceptedAfterMs: merger.timestampMs - timestampMs }),
  };
  if (explained === undefined) return { colour: 'red', isSelectedParent: false, ...merged };
  if (explained.colour === 'blue') {
    return { colour: 'blue', isSelectedParent: explained.isSelectedParent, ...merged };
  }
  const { rule, blues } = explained;
  return { colour: 'red', isSelectedParent: false, rule, because: blues, ...merged };
}

function contentsOf({ header, coinbase, payloads }: Block): BlockContents {
  return {
    version: header.version,
    timeSeconds: header.time,
    nonce: header.nonce,
    address: coinbase.address,
    extraNonce: String(coinbase.extraNonce),
    payloads: payloads.slice(0, MAX_PAYLOADS).map((payload) => ({
      byteLength: payload.length,
      hex: Buffer.from(payload.subarray(0, MAX_SHOWN_BYTES)).toString('hex'),
    })),
    payloadCount: payloads.length,
    payloadBytes: payloads.reduce((sum, { length }) => sum + length, 0),
  };
}
