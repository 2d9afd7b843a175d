/** Blocks for the tests of the DAG, mined when needed at regtest's two hashes per block. */
import { type Block, encodeBlock, parseBlock } from '../../ts/dag/block.ts';
import { encodeCoinbase } from '../../ts/dag/coinbase.ts';
import { type Context, encodeContext, hashContext } from '../../ts/dag/context.ts';
import { encodeHeader, type Header } from '../../ts/dag/header.ts';
import {
  DagEngine,
  type DagNode,
  MemoryStore,
  QantoDag,
  type QantoDagOptions,
  regtest,
} from '../../ts/dag/index.ts';
import { merkleLeaf, merkleRoot } from '../../ts/dag/merkle.ts';
import { type BlockTemplate, buildTemplate, type TemplateRequest } from '../../ts/dag/template.ts';
import { type Environment, seededEnvironment } from '../../ts/environment.ts';
import { type Algorithm, blockHeader, displayHash, verifyPow } from '../../ts/pow/index.ts';

export const ADDRESS = 'ab'.repeat(32);

/** A network that prunes every few dozen blocks. */
export const PRUNED_NETWORK = {
  ...regtest,
  name: 'pruned',
  ghostdagK: 1,
  mergeSetLimit: 3,
  difficultyWindow: 5,
  minDifficultyWindow: 6,
  pastMedianTimeWindow: 5,
  pruning: { finalityDepth: 10, mergeDepth: 3, pruningDepth: 32 },
};

/** A network with such small limits that a few dozen blocks can break every rule. */
export const RULES_NETWORK = {
  ...regtest,
  name: 'rules',
  ghostdagK: 1,
  maxParents: 4,
  mergeSetLimit: 3,
  pruning: { finalityDepth: 4, mergeDepth: 3, pruningDepth: 26 },
  maxPayloads: 6,
  maxPayloadBytes: 500,
};

/** An engine with the blocks of each DAG, to preview blocks on any parents. */
const mirrors = new WeakMap<QantoDag, DagEngine>();

/** Opens a DAG with an empty store: by default regtest in memory, under logical time. */
export async function openDag(options: Partial<QantoDagOptions> = {}): Promise<QantoDag> {
  const store = options.dataDir === undefined ? { store: options.store ?? new MemoryStore() } : {};
  const dag = await QantoDag.open({
    network: regtest,
    environment: seededEnvironment(1),
    ...options,
    ...store,
  });
  const mirror = new DagEngine(dag.network, nodeOf(dag.genesis, (await dag.getBlock(dag.genesis))!));
  mirrors.set(dag, mirror);
  dag.on('block-added', ({ hash, block }) => mirror.add(nodeOf(hash, block)));
  return dag;
}

/** A valid block on these parents, which need not be tips. */
export function mineOn(
  dag: QantoDag,
  parents: readonly string[],
  request: Partial<TemplateRequest> = {},
): Block {
  const preview = mirrors.get(dag)!.preview(parents);
  return mine(
    buildTemplate(dag.network, parents, preview, preview.pastMedianTimeMs + 1, {
      address: ADDRESS,
      ...request,
    }),
  );
}

function nodeOf(hash: string, { header, context }: Block): DagNode {
  return { hash, parents: context.parents, bits: header.bits, timestampMs: context.timestampMs };
}

/** An environment whose time is constant until it is set. */
export function fixedEnvironment(nowMs: number): Environment & { nowMs: number } {
  const environment = { ...seededEnvironment(1), nowMs };
  return Object.assign(environment, { clock: { now: () => environment.nowMs, observeBlock: () => {} } });
}

/** A block of the template with valid proof of work. */
export function mine(template: BlockTemplate): Block {
  return findNonce(template.withNonce(0), template.algorithm);
}

export async function mineAndAdd(dag: QantoDag, count: number): Promise<string[]> {
  const hashes: string[] = [];
  for (let index = 0; index < count; index++) {
    const { hash } = await dag.addBlock(mine(dag.buildTemplate({ address: ADDRESS })));
    hashes.push(hash);
  }
  return hashes;
}

/** The accepted blocks with these hashes, in the same order. */
export async function readBlocks(dag: QantoDag, hashes: Iterable<string>): Promise<Block[]> {
  const blocks: Block[] = [];
  for (const hash of hashes) blocks.push((await dag.getBlock(hash))!);
  return blocks;
}

/** This number of siblings on the current virtual parents, which differ in their extra nonces. */
export function mineSiblings(dag: QantoDag, count: number): Block[] {
  const template = dag.buildTemplate({ address: ADDRESS });
  return Array.from({ length: count }, (_, index) => mine(template.withExtraNonce(index)));
}

export interface Changes {
  readonly header?: Partial<Header>;
  readonly context?: Partial<Context>;
  readonly payloads?: readonly Uint8Array[];
}

/**
 * The block with some fields changed and everything that commits to them updated, including the proof of work. The
 * fields of `changes.header` are kept as given.
 */
export function forge(block: Block, changes: Changes, algorithm: Algorithm = 'sha256d'): Block {
  const context = { ...block.context, ...changes.context };
  const payloads = changes.payloads ?? block.payloads;
  const contents = [encodeCoinbase(block.coinbase), ...payloads];
  const header: Header = {
    ...block.header,
    contextHash: hashContext(encodeContext(context)),
    contentRoot: displayHash(merkleRoot(contents.map(merkleLeaf))),
    time: Math.floor(context.timestampMs / 1000),
    ...changes.header,
  };
  const forged = { ...block, header, context, payloads };
  return changes.header?.nonce === undefined ? findNonce(forged, algorithm) : forged;
}

export function hashOf(block: Block): string {
  return parseBlock(encodeBlock(block)).hash;
}

function findNonce(block: Block, algorithm: Algorithm): Block {
  for (let nonce = 0; ; nonce++) {
    const header = { ...block.header, nonce };
    const template = blockHeader(encodeHeader(header), { algorithm });
    if (verifyPow(template, nonce)) return { ...block, header };
  }
}
