/**
 * The rules that a block must follow, each with its own code, the cheapest first. docs/protocol.md lists them in the
 * same order. Rules that need only the block itself are checked before its parents are looked up, so that an orphan has
 * cost its sender the proof of work that it claims.
 */
import { displayHash, toHex } from '../pow/hex.ts';
import { blockHeader, verifyPow } from '../pow/index.ts';
import { compactToTarget } from '../pow/targets.ts';
import { VERSION_ROLLING_MASK } from '../pow/version-rolling.ts';
import type { ParsedBlock } from './block.ts';
import { hashContext } from './context.ts';
import type { ConsensusData } from './engine/types.ts';
import { BlockRejectedError, type Rejection, type RejectionCode } from './errors.ts';
import { HEADER_VERSION, MAX_TIME_ROLL_SECONDS } from './header.ts';
import { merkleLeaf, merkleRoot } from './merkle.ts';
import type { NetworkParams } from './params.ts';

/** Throws `ERR_QANTO_BLOCK_TOO_LARGE`. Call it before reading untrusted bytes. */
export function checkBlockSize(byteLength: number, network: NetworkParams): void {
  if (byteLength <= network.maxBlockBytes) return;
  throw new BlockRejectedError('ERR_QANTO_BLOCK_TOO_LARGE', {
    field: 'bytes.length',
    value: byteLength,
    expected: `at most ${network.maxBlockBytes}`,
  });
}

/** Checks the rules that need only the block itself. Throws the BlockRejectedError of the first one broken. */
export function checkBlockAlone(parsed: ParsedBlock, network: NetworkParams): void {
  checkVersion(parsed);
  checkParentList(parsed, network);
  checkTime(parsed);
  checkContext(parsed);
  checkContents(parsed, network);
  checkProofOfWork(parsed, network);
}

/**
 * Throws `ERR_QANTO_TIMESTAMP_TOO_FAR_AHEAD`. This check is separate from the other rules, since the same block may be
 * accepted later.
 */
export function checkClock(parsed: ParsedBlock, network: NetworkParams, nowMs: number): void {
  const { timestampMs } = parsed.block.context;
  const latest = nowMs + network.maxTimeAheadMs;
  if (timestampMs <= latest) return;
  reject(parsed, 'ERR_QANTO_TIMESTAMP_TOO_FAR_AHEAD', {
    field: 'context.timestampMs',
    value: timestampMs,
    expected: `at most ${latest}, ${network.maxTimeAheadMs} ms ahead of the clock`,
  });
}

/** Checks the rules that depend on the past of the block, which determines `consensus`. */
export function checkBlockInDag(parsed: ParsedBlock, consensus: ConsensusData): void {
  const { header, context } = parsed.block;
  if (context.timestampMs <= consensus.pastMedianTimeMs) {
    reject(parsed, 'ERR_QANTO_TIMESTAMP_NOT_ABOVE_MEDIAN', {
      field: 'context.timestampMs',
      value: context.timestampMs,
      expected: `greater than the past median time ${consensus.pastMedianTimeMs}`,
    });
  }
  if (header.bits !== consensus.expectedBits) {
    reject(parsed, 'ERR_QANTO_WRONG_BITS', {
      field: 'header.bits',
      value: showU32(header.bits),
      expected: `${showU32(consensus.expectedBits)}, the expected difficulty`,
    });
  }
  for (const [code, field] of [
    ['ERR_QANTO_WRONG_DAA_SCORE', 'daaScore'],
    ['ERR_QANTO_WRONG_BLUE_SCORE', 'blueScore'],
    ['ERR_QANTO_WRONG_BLUE_WORK', 'blueWork'],
    ['ERR_QANTO_WRONG_PRUNING_POINT', 'pruningPoint'],
    ['ERR_QANTO_WRONG_CHAIN_ROOT', 'chainRoot'],
  ] as const) {
    if (context[field] === consensus[field]) continue;
    reject(parsed, code, {
      field: `context.${field}`,
      value: context[field],
      expected: String(consensus[field]),
    });
  }
}

function checkVersion(parsed: ParsedBlock): void {
  const { version } = parsed.block.header;
  if ((version & ~VERSION_ROLLING_MASK) >>> 0 === HEADER_VERSION) return;
  reject(parsed, 'ERR_QANTO_BAD_VERSION', {
    field: 'header.version',
    value: showU32(version),
    expected: `${showU32(HEADER_VERSION)} outside of the bits ${showU32(VERSION_ROLLING_MASK)}`,
  });
}

function checkParentList(parsed: ParsedBlock, network: NetworkParams): void {
  const { parents } = parsed.block.context;
  const count = { field: 'context.parents.length', value: parents.length };
  if (parents.length === 0) reject(parsed, 'ERR_QANTO_NO_PARENTS', { ...count, expected: 'at least 1' });
  if (parents.length > network.maxParents) {
    reject(parsed, 'ERR_QANTO_TOO_MANY_PARENTS', { ...count, expected: `at most ${network.maxParents}` });
  }
  const repeated = parents.findIndex((parent, index) => parents.indexOf(parent) !== index);
  if (repeated !== -1) {
    reject(parsed, 'ERR_QANTO_DUPLICATE_PARENT', {
      field: `context.parents[${repeated}]`,
      value: parents[repeated],
      expected: 'different from every other parent',
    });
  }
  const unsorted = parents.findIndex((parent, index) => index > 0 && parent < parents[index - 1]!);
  if (unsorted !== -1) {
    reject(parsed, 'ERR_QANTO_PARENTS_NOT_SORTED', {
      field: `context.parents[${unsorted}]`,
      value: parents[unsorted],
      expected: `greater than the parent before it, ${parents[unsorted - 1]}`,
    });
  }
}

function checkTime(parsed: ParsedBlock): void {
  const { header, context } = parsed.block;
  const earliest = Math.floor(context.timestampMs / 1000);
  const latest = earliest + MAX_TIME_ROLL_SECONDS;
  if (header.time >= earliest && header.time <= latest) return;
  reject(parsed, 'ERR_QANTO_TIME_OUT_OF_RANGE', {
    field: 'header.time',
    value: header.time,
    expected: `from ${earliest} to ${latest}: the context's timestamp, or up to ${MAX_TIME_ROLL_SECONDS} s later`,
  });
}

function checkContext(parsed: ParsedBlock): void {
  const contextHash = hashContext(parsed.context);
  if (parsed.block.header.contextHash === contextHash) return;
  reject(parsed, 'ERR_QANTO_CONTEXT_HASH_MISMATCH', {
    field: 'header.contextHash',
    value: parsed.block.header.contextHash,
    expected: `${contextHash}, the hash of the context`,
  });
}

function checkContents(parsed: ParsedBlock, network: NetworkParams): void {
  for (const [index, payload] of parsed.block.payloads.entries()) {
    if (payload.length <= network.maxPayloadBytes) continue;
    reject(parsed, 'ERR_QANTO_PAYLOAD_TOO_LARGE', {
      field: `payloads[${index}].length`,
      value: payload.length,
      expected: `at most ${network.maxPayloadBytes}`,
    });
  }
  const leaves = parsed.contents.map(merkleLeaf);
  const seen = new Set<string>();
  for (const [index, leaf] of leaves.entries()) {
    if (seen.size === seen.add(toHex(leaf)).size) {
      reject(parsed, 'ERR_QANTO_DUPLICATE_PAYLOAD', {
        field: `payloads[${index - 1}]`,
        value: parsed.contents[index],
        expected: 'different from every other content of the block',
      });
    }
  }
  const contentRoot = displayHash(merkleRoot(leaves));
  if (parsed.block.header.contentRoot === contentRoot) return;
  reject(parsed, 'ERR_QANTO_CONTENT_ROOT_MISMATCH', {
    field: 'header.contentRoot',
    value: parsed.block.header.contentRoot,
    expected: `${contentRoot}, the merkle root of the contents`,
  });
}

function checkProofOfWork(parsed: ParsedBlock, network: NetworkParams): void {
  const { bits, nonce } = parsed.block.header;
  try {
    compactToTarget(bits);
  } catch (cause) {
    reject(parsed, 'ERR_QANTO_INVALID_BITS', {
      field: 'header.bits',
      value: showU32(bits),
      expected: 'compact bits of a target from 1 to 2^256 - 1',
      cause,
    });
  }
  const template = blockHeader(parsed.header, { algorithm: network.powAlgorithm });
  if (verifyPow(template, nonce)) return;
  reject(parsed, 'ERR_QANTO_POW_NOT_MET', {
    field: 'header.nonce',
    value: nonce,
    expected: `one whose ${network.powAlgorithm} digest meets the target of bits ${showU32(bits)}`,
  });
}

function reject({ hash }: ParsedBlock, code: RejectionCode, rejection: Rejection): never {
  throw new BlockRejectedError(code, { hash, ...rejection });
}

function showU32(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
