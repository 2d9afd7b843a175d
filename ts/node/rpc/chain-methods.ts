/**
 * The methods about blocks, as Bitcoin Core 30 has them. The chain of Bitcoin is the selected chain here, and the height of a block
 * is its blue score: the number of blue blocks in its past.
 */
import { compactToTarget, difficultyFromCompact } from 'qanto';
import { type Block, type BlockView, type ColourExplanation, encodeHeader, type QantoDag } from 'qanto/dag';
import { encodeCoinbase, sha256dDisplayed } from 'qanto/internal';
import { z } from 'zod';
import { unless } from '../control/dag-queries.ts';
import { BlockNotFoundError } from '../control/errors.ts';
import type { ControlMethods } from '../control/methods.ts';
import { hex8, hex256 } from './hex.ts';

const HASHRATE_BLOCKS = 120;

const blockhash = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lowercase hex digits');

/** Adds the methods about blocks. */
export function addChainMethods(methods: ControlMethods, dag: QantoDag): ControlMethods {
  return methods
    .add('getbestblockhash', {}, () => dag.sink(), 'returns the hash of the sink')
    .add('getblockcount', {}, () => chainHeight(dag), 'returns the blue score of the sink')
    .add(
      'getdifficulty',
      {},
      () => difficultyFromCompact(sinkView(dag).bits),
      'returns the difficulty of the sink',
    )
    .add(
      'getblock',
      { blockhash, verbosity: z.union([z.int().min(0).max(2), z.boolean()]).optional() },
      (params) => blockOf(dag, params.blockhash, Number(params.verbosity ?? 1)),
      'returns a block: 0 for hex digits, 1 with the hashes of its contents, 2 with its contents',
    )
    .add(
      'getblockheader',
      { blockhash, verbose: z.boolean().optional() },
      (params) => headerOf(dag, params.blockhash, params.verbose ?? true),
      'returns the header of a block, as 160 hex digits if verbose is false',
    )
    .add('getblockchaininfo', {}, () => chainInfo(dag), 'describes the selected chain and the DAG');
}

/** The blue score of the sink. */
export function chainHeight(dag: QantoDag): number {
  return sinkView(dag).blueScore;
}

function sinkView(dag: QantoDag): BlockView {
  return dag.getView(dag.sink())!;
}

/**
 * The blue work of the last blocks of the selected chain, divided by the time between them; 0 if there is no such time. -1 stands
 * for the blocks of the difficulty window.
 */
export function networkHashRate(dag: QantoDag, blocks = HASHRATE_BLOCKS): number {
  const last = sinkView(dag);
  let first = last;
  let [from, to] = [last.timestampMs, last.timestampMs];
  const count = blocks <= 0 ? dag.network.difficultyWindow : blocks;
  for (let index = 0; index < count && first.selectedParent !== undefined; index++) {
    const below = dag.getView(first.selectedParent);
    // Pruned, or genesis, whose time is that of no hash.
    if (below === undefined || below.hash === dag.genesis) break;
    first = below;
    from = Math.min(from, first.timestampMs);
    to = Math.max(to, first.timestampMs);
  }
  return to === from ? 0 : Number(last.blueWork - first.blueWork) / ((to - from) / 1000);
}

async function blockOf(dag: QantoDag, hash: string, verbosity: number): Promise<unknown> {
  const block = await storedBlock(dag, hash);
  const contents = [encodeCoinbase(block.coinbase), ...block.payloads];
  const bytes = Buffer.concat([encodeHeader(block.header), compactSize(contents.length), ...contents]);
  if (verbosity === 0) return bytes.toString('hex');
  const tx = contents.map((content) => {
    const txid = sha256dDisplayed(content);
    if (verbosity === 1) return txid;
    return { txid, hash: txid, size: content.length, hex: Buffer.from(content).toString('hex') };
  });
  return {
    ...described(dag, hash, block),
    nTx: contents.length,
    size: bytes.length,
    strippedsize: bytes.length,
    weight: 4 * bytes.length,
    tx,
    address: block.coinbase.address,
    extranonce: block.coinbase.extraNonce,
  };
}

async function headerOf(dag: QantoDag, hash: string, isVerbose: boolean): Promise<unknown> {
  const block = await storedBlock(dag, hash);
  if (!isVerbose) return Buffer.from(encodeHeader(block.header)).toString('hex');
  return { ...described(dag, hash, block), nTx: 1 + block.payloads.length };
}

async function storedBlock(dag: QantoDag, hash: string): Promise<Block> {
  const block = await dag.getBlock(hash);
  if (block === undefined) throw new BlockNotFoundError(hash);
  return block;
}

/** What the answers about a block and about its header have in common. */
function described(dag: QantoDag, hash: string, { header, context }: Block): object {
  const view = dag.getView(hash);
  const { version, contextHash, contentRoot, time, bits, nonce } = header;
  const merged = view && unless('ERR_QANTO_NOT_IN_ORDER', () => colourOf(dag, hash));
  return {
    hash,
    confirmations: confirmationsOf(dag, hash, merged),
    height: context.blueScore,
    version,
    versionHex: hex8(version),
    merkleroot: contentRoot,
    time,
    ...(view && { mediantime: Math.floor(view.pastMedianTimeMs / 1000) }),
    nonce,
    bits: hex8(bits),
    target: hex256(compactToTarget(bits)),
    difficulty: difficultyFromCompact(bits),
    chainwork: hex256(context.blueWork),
    ...(view?.selectedParent !== undefined && { previousblockhash: view.selectedParent }),
    // What follows exists only in a DAG. The header has the hash of the context in the place of the previous block's hash.
    contexthash: contextHash,
    parents: context.parents,
    timestampms: context.timestampMs,
    daascore: context.daaScore,
    pruningpoint: context.pruningPoint,
    chainroot: context.chainRoot,
    ...(view && { mergesetblues: view.mergeSetBlues, mergesetreds: view.mergeSetReds }),
    ...(merged && { mergedby: merged.mergedBy ?? null, colour: merged.colour }),
  };
}

function colourOf(dag: QantoDag, hash: string) {
  return unless('ERR_QANTO_PAST_PRUNED', () => dag.explainColour(hash));
}

/**
 * How far the selected chain goes on, in blue scores: from the block itself if it is in the chain, and otherwise from the block that
 * merged it. 1 for the sink, and 0 for a block that no block of the chain has merged yet.
 */
function confirmationsOf(dag: QantoDag, hash: string, merged: ColourExplanation | undefined): number {
  if (merged === undefined) return 0;
  const isInChain = merged.colour === 'blue' && merged.isSelectedParent;
  const counted = isInChain ? hash : merged.mergedBy;
  const view = counted === undefined ? undefined : dag.getView(counted);
  return view === undefined ? 0 : chainHeight(dag) - view.blueScore + 1;
}

async function chainInfo(dag: QantoDag): Promise<object> {
  const { network, sink, blockCount, tipCount, pruningPoint, clockOffsetMs } = dag.info();
  const view = sinkView(dag);
  const usage = await dag.storeUsage();
  return {
    chain: network,
    blocks: view.blueScore,
    headers: view.blueScore,
    bestblockhash: sink,
    bits: hex8(view.bits),
    target: hex256(compactToTarget(view.bits)),
    difficulty: difficultyFromCompact(view.bits),
    time: Math.floor(view.timestampMs / 1000),
    mediantime: Math.floor(view.pastMedianTimeMs / 1000),
    verificationprogress: 1,
    initialblockdownload: false,
    chainwork: hex256(view.blueWork),
    size_on_disk: usage?.sizeBytes ?? 0,
    pruned: pruningPoint !== dag.genesis,
    warnings: [],
    // What follows exists only in a DAG.
    genesis: dag.genesis,
    blockcount: blockCount,
    tipcount: tipCount,
    pruningpoint: pruningPoint,
    daascore: view.daaScore,
    clockoffsetms: clockOffsetMs,
  };
}

/** An integer of variable length, as in blocks of Bitcoin. No block has 2^32 contents. */
function compactSize(value: number): Buffer {
  if (value < 0xfd) return Buffer.from([value]);
  const bytes = Buffer.alloc(value <= 0xffff ? 3 : 5);
  bytes[0] = value <= 0xffff ? 0xfd : 0xfe;
  bytes.writeUIntLE(value, 1, bytes.length - 1);
  return bytes;
}
