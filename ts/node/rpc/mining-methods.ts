/** The methods for miners, as Bitcoin Core 30 has them: BIP 22 and BIP 23. */
import { compactToTarget, difficultyFromCompact } from 'qanto';
import {
  type BlockTemplate,
  COINBASE_BYTES,
  type Coinbase,
  decodeHeader,
  MAX_TIME_ROLL_SECONDS,
  type QantoDag,
  VERSION_ROLLING_MASK,
} from 'qanto/dag';
import { encodeCoinbase, sha256dDisplayed } from 'qanto/internal';
import type { Miner } from 'qanto/miner';
import { z } from 'zod';
import type { ControlMethods, MethodCall } from '../control/methods.ts';
import { MAX_COUNT } from '../control/node-methods.ts';
import { chainHeight, networkHashRate } from './chain-methods.ts';
import { CORE_CODES, RpcMethodError } from './codes.ts';
import { hex8, hex256 } from './hex.ts';
import { propose, submit } from './submission.ts';
import type { Templates } from './templates.ts';

/** What the methods work on. */
export interface MiningParts {
  readonly dag: QantoDag;
  readonly miner: Miner;
  readonly templates: Templates;
  /** The coinbase address of templates for which none is requested. */
  readonly address: string;
}

/** The capability with which a miner asks for a coinbase that it need not understand. */
const OPAQUE = 'opaque-coinbase';
/** Miners that refuse a coinbase of less than 60 bytes, and cannot be told to ask for something. */
const OPAQUE_AGENTS = /^cpuminer/i;

const hexText = z.string().max(16 * 2 ** 20);
const ADDRESS = z.string().regex(/^[0-9a-f]{64}$/i, 'must be 64 hex digits');

const templateRequest = z.looseObject({
  mode: z.string().optional(),
  capabilities: z.array(z.string()).max(100).optional(),
  rules: z.array(z.string()).max(100).optional(),
  longpollid: z.unknown().optional(),
  data: z.unknown().optional(),
  address: ADDRESS.optional(),
});
type TemplateRequest = z.output<typeof templateRequest>;

/** Adds the methods for miners. */
export function addMiningMethods(methods: ControlMethods, parts: MiningParts): ControlMethods {
  const { dag, templates } = parts;
  return methods
    .add(
      'getblocktemplate',
      { template_request: templateRequest.optional() },
      ({ template_request = {} }, call) => blockTemplate(template_request, parts, call),
      'returns a block that lacks only its proof of work, or checks one (mode "proposal"); with longpollid, waits for a change',
    )
    .add(
      'submitblock',
      { hexdata: hexText, dummy: z.unknown().optional() },
      ({ hexdata }) => submit(hexdata, templates, dag),
      'adds a block; null when it is on disk, or the reason why it was not accepted',
    )
    .add('getmininginfo', {}, () => miningInfo(parts), 'describes the work of the next block')
    .add(
      'getnetworkhashps',
      { nblocks: z.int().min(-1).max(MAX_COUNT).optional(), height: z.literal(-1).optional() },
      ({ nblocks }) => networkHashRate(dag, nblocks),
      'estimates the hashes per second of the network from the last nblocks (120) of the selected chain',
    )
    .add(
      'pause',
      {},
      (_params, call) => methods.call('miner.pause', {}, call),
      'pauses the miner of the node, and answers when hashing has stopped',
    )
    .add(
      'resume',
      {},
      (_params, call) => methods.call('miner.resume', {}, call),
      'lets the miner of the node continue',
    );
}

async function blockTemplate(
  request: TemplateRequest,
  { dag, templates, address }: MiningParts,
  { signal, agent }: MethodCall,
): Promise<unknown> {
  const { mode = 'template', data, capabilities = [], longpollid = null } = request;
  if (mode === 'proposal') {
    if (typeof data === 'string') return propose(data, templates, dag);
    throw new RpcMethodError(CORE_CODES.wrongType, 'Missing data String key for proposal');
  }
  if (mode !== 'template') throw new RpcMethodError(CORE_CODES.invalidParameter, 'Invalid mode');
  if (longpollid !== null) await templates.changed(longPollIdOf(longpollid), signal);
  const coinbase = templates.coinbase((request.address ?? address).toLowerCase());
  const isOpaque = capabilities.includes(OPAQUE) || OPAQUE_AGENTS.test(agent ?? '');
  return isOpaque
    ? described(dag, templates, coinbase, { ...templates.opaque(coinbase), transactions: [] })
    : described(dag, templates, coinbase, plainWork(templates, coinbase));
}

function longPollIdOf(value: unknown): string {
  if (typeof value === 'string' && /^[0-9a-f]{64}\d*$/i.test(value)) return value;
  const expected = 'longpollid must be that of an earlier template: 64 hex digits and a number';
  throw new RpcMethodError(CORE_CODES.invalidParameter, expected);
}

interface Work {
  readonly template: BlockTemplate;
  /** What the miner hashes in the place of the coinbase. */
  readonly data: Uint8Array;
  readonly transactions: readonly object[];
}

function plainWork(templates: Templates, coinbase: Coinbase): Work {
  const template = templates.plain();
  let transactions = transactionsOf.get(template);
  if (transactions === undefined) {
    transactions = template.payloads.map(transaction);
    transactionsOf.set(template, transactions);
  }
  return { template, data: encodeCoinbase(coinbase), transactions };
}

/** A block may have thousands of payloads, so they are not hashed again for each miner. */
const transactionsOf = new WeakMap<BlockTemplate, readonly object[]>();

function transaction(payload: Uint8Array): object {
  const txid = sha256dDisplayed(payload);
  const data = Buffer.from(payload).toString('hex');
  return { data, txid, hash: txid, depends: [], fee: 0, sigops: 0, weight: 4 * payload.length };
}

function described(
  dag: QantoDag,
  templates: Templates,
  coinbase: Coinbase,
  { template, data, transactions }: Work,
): object {
  const { version, contextHash, time } = decodeHeader(template.header);
  const { context, bits, target } = template;
  const isPlain = data.length === COINBASE_BYTES;
  return {
    capabilities: ['proposal', OPAQUE],
    version,
    rules: [],
    vbavailable: {},
    vbrequired: 0,
    previousblockhash: contextHash,
    transactions,
    coinbaseaux: {},
    coinbasetxn: { data: Buffer.from(data).toString('hex') },
    longpollid: templates.longPollId,
    target: hex256(target),
    mintime: time,
    maxtime: time + MAX_TIME_ROLL_SECONDS,
    mutable: ['time'],
    noncerange: '00000000ffffffff',
    sizelimit: dag.network.maxBlockBytes,
    curtime: time,
    bits: hex8(bits),
    height: context.blueScore,
    // What follows exists only in a DAG.
    address: coinbase.address,
    ...(isPlain && { extranonce: { offset: COINBASE_BYTES - 8, size: 8 } }),
    versionmask: hex8(VERSION_ROLLING_MASK),
    powalgorithm: template.algorithm,
    parents: template.parents,
    selectedparent: template.selectedParent,
    daascore: context.daaScore,
    bluework: hex256(context.blueWork),
  };
}

function miningInfo({ dag, miner }: MiningParts): object {
  const { sink, bits, difficulty, tipCount, daaScore, blueScore } = dag.info();
  const view = dag.getView(sink)!;
  const { state, hashesPerSecond, threads } = miner.status();
  return {
    blocks: chainHeight(dag),
    bits: hex8(view.bits),
    difficulty: difficultyFromCompact(view.bits),
    target: hex256(compactToTarget(view.bits)),
    networkhashps: networkHashRate(dag),
    pooledtx: 0,
    chain: dag.network.name,
    next: { height: blueScore, bits: hex8(bits), difficulty, target: hex256(compactToTarget(bits)) },
    warnings: [],
    // What follows exists only in a DAG, or in a node that mines itself.
    tips: tipCount,
    daascore: daaScore,
    powalgorithm: dag.network.powAlgorithm,
    miner: { state, hashespersecond: hashesPerSecond ?? 0, threads: threads ?? null },
  };
}
