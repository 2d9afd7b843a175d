/**
 * The genesis block is made from the parameters of the network. Its only payload is these parameters, so that networks
 * that differ in any parameter have different genesis hashes.
 */

import type { NameOf } from '../check-arguments.ts';
import { displayHash } from '../pow/hex.ts';
import { EMPTY_RANGE_ROOT } from '../proofs/range-node.ts';
import { type Block, encodeBlock, type ParsedBlock, parseBlock } from './block.ts';
import { encodeCoinbase } from './coinbase.ts';
import { encodeContext, hashContext } from './context.ts';
import { NO_PRUNING_POINT } from './engine/pruning-samples.ts';
import { HEADER_VERSION } from './header.ts';
import { merkleLeaf, merkleRoot } from './merkle.ts';
import { type NetworkName, type NetworkParams, resolveNetwork } from './params.ts';
import type { StoreIdentity } from './store/store.ts';

/** The genesis block of a network. It needs no proof of work. */
export function genesisBlock(network: NetworkParams): ParsedBlock {
  const context = {
    parents: [],
    timestampMs: network.genesisTimestampMs,
    daaScore: 0,
    blueScore: 0,
    blueWork: 0n,
    pruningPoint: NO_PRUNING_POINT,
    chainRoot: EMPTY_RANGE_ROOT,
  };
  const coinbase = { address: '0'.repeat(64), extraNonce: 0n };
  const payload = new TextEncoder().encode(canonicalJson(network));
  const contents = [encodeCoinbase(coinbase), payload];
  const block: Block = {
    header: {
      version: HEADER_VERSION,
      contextHash: hashContext(encodeContext(context)),
      contentRoot: displayHash(merkleRoot(contents.map(merkleLeaf))),
      time: Math.floor(network.genesisTimestampMs / 1000),
      bits: network.genesisBits,
      nonce: 0,
    },
    context,
    coinbase,
    payloads: [payload],
  };
  return parseBlock(encodeBlock(block));
}

/**
 * The identity with which a store of a network is opened without a DAG. Throws `ERR_QANTO_INVALID_ARGUMENT` if the network is
 * not known, or its parameters are invalid.
 */
export function storeIdentity(network: NameOf<NetworkName> | NetworkParams): StoreIdentity {
  const params = resolveNetwork(network);
  return { network: params.name, genesis: genesisBlock(params).hash };
}

/** The parameters as JSON with sorted keys and without spaces, so that equal parameters have equal texts. */
function canonicalJson(network: NetworkParams): string {
  return JSON.stringify(network, (_, value: unknown) =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
