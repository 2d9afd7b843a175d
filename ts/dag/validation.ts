/**
 * The rules for the size of a block, for its context, and for its place in the DAG, each with its own code. The size is
 * checked first of all. The others are checked after the rules for the header alone (`header-rules.ts`) and before those
 * for the contents (`content-rules.ts`). docs/protocol.md lists all rules in the order in which they are checked.
 */
import type { HeadedBlock } from './block.ts';
import { type Context, hashContext } from './context.ts';
import type { ConsensusData } from './engine/types.ts';
import type { RejectionCode } from './errors.ts';
import { MAX_TIME_ROLL_SECONDS } from './header.ts';
import type { NetworkParams } from './params.ts';
import { reject, showU32 } from './reject.ts';

type Head = Pick<HeadedBlock, 'hash' | 'block'>;

/** Throws `ERR_QANTO_BLOCK_TOO_LARGE`. Call it before copying untrusted bytes. */
export function checkBlockSize(byteLength: number, network: NetworkParams): void {
  if (byteLength <= network.maxBlockBytes) return;
  reject({}, 'ERR_QANTO_BLOCK_TOO_LARGE', {
    field: 'bytes.length',
    value: byteLength,
    expected: `at most ${network.maxBlockBytes}`,
  });
}

/**
 * Throws `ERR_QANTO_CONTEXT_HASH_MISMATCH`. The header commits to everything that the other rules of this module check,
 * so a block that breaks one of them is refused for good.
 */
export function checkContextHash(headed: Pick<HeadedBlock, 'hash' | 'block' | 'context'>): void {
  const { contextHash } = headed.block.header;
  const expected = hashContext(headed.context);
  if (contextHash === expected) return;
  reject(headed, 'ERR_QANTO_CONTEXT_HASH_MISMATCH', {
    field: 'header.contextHash',
    value: contextHash,
    expected: `${expected}, the hash of the context`,
  });
}

/** Checks the rules that need only header and context. Throws the BlockRejectedError of the first one broken. */
export function checkHeadAlone(headed: Head, network: NetworkParams): void {
  checkParentList(headed, network);
  checkTime(headed);
}

/**
 * Throws `ERR_QANTO_TIMESTAMP_TOO_FAR_AHEAD`. This check is separate from the other rules, since the same block may be
 * accepted later.
 */
export function checkClock(headed: Head, network: NetworkParams, nowMs: number): void {
  const { timestampMs } = headed.block.context;
  const latest = nowMs + network.maxTimeAheadMs;
  if (timestampMs <= latest) return;
  reject(headed, 'ERR_QANTO_TIMESTAMP_TOO_FAR_AHEAD', {
    field: 'context.timestampMs',
    value: timestampMs,
    expected: `at most ${latest}, ${network.maxTimeAheadMs} ms ahead of the clock`,
  });
}

/** Checks the rules that depend on the past of the block, which determines `consensus`. */
export function checkBlockInDag(headed: Head, consensus: ConsensusData): void {
  const { header, context } = headed.block;
  if (context.timestampMs <= consensus.pastMedianTimeMs) {
    reject(headed, 'ERR_QANTO_TIMESTAMP_NOT_ABOVE_MEDIAN', {
      field: 'context.timestampMs',
      value: context.timestampMs,
      expected: `greater than the past median time ${consensus.pastMedianTimeMs}`,
    });
  }
  if (header.bits !== consensus.expectedBits) {
    reject(headed, 'ERR_QANTO_WRONG_BITS', {
      field: 'header.bits',
      value: showU32(header.bits),
      expected: `${showU32(consensus.expectedBits)}, the expected difficulty`,
    });
  }
  // A loop over the names of the fields would look each of them up, which takes longer than to compare them.
  checkDue(headed, 'ERR_QANTO_WRONG_DAA_SCORE', 'daaScore', context.daaScore, consensus.daaScore);
  checkDue(headed, 'ERR_QANTO_WRONG_BLUE_SCORE', 'blueScore', context.blueScore, consensus.blueScore);
  checkDue(headed, 'ERR_QANTO_WRONG_BLUE_WORK', 'blueWork', context.blueWork, consensus.blueWork);
  const code = 'ERR_QANTO_WRONG_PRUNING_POINT';
  checkDue(headed, code, 'pruningPoint', context.pruningPoint, consensus.pruningPoint);
  checkDue(headed, 'ERR_QANTO_WRONG_CHAIN_ROOT', 'chainRoot', context.chainRoot, consensus.chainRoot);
}

/** Checks a field of the context, which must be what the past of the block determines. */
function checkDue<T>(headed: Head, code: RejectionCode, field: keyof Context, value: T, due: T): void {
  if (value === due) return;
  reject(headed, code, { field: `context.${field}`, value, expected: String(due) });
}

function checkParentList(headed: Head, network: NetworkParams): void {
  const { parents } = headed.block.context;
  const count = { field: 'context.parents.length', value: parents.length };
  if (parents.length === 0) reject(headed, 'ERR_QANTO_NO_PARENTS', { ...count, expected: 'at least 1' });
  if (parents.length > network.maxParents) {
    reject(headed, 'ERR_QANTO_TOO_MANY_PARENTS', { ...count, expected: `at most ${network.maxParents}` });
  }
  // No parent is repeated then, either.
  if (isAscending(parents)) return;
  const repeated = parents.findIndex((parent, index) => parents.indexOf(parent) !== index);
  if (repeated !== -1) {
    reject(headed, 'ERR_QANTO_DUPLICATE_PARENT', {
      field: `context.parents[${repeated}]`,
      value: parents[repeated],
      expected: 'different from every other parent',
    });
  }
  const unsorted = parents.findIndex((parent, index) => index > 0 && parent < parents[index - 1]!);
  reject(headed, 'ERR_QANTO_PARENTS_NOT_SORTED', {
    field: `context.parents[${unsorted}]`,
    value: parents[unsorted],
    expected: `greater than the parent before it, ${parents[unsorted - 1]}`,
  });
}

function isAscending(hashes: readonly string[]): boolean {
  for (let i = 1; i < hashes.length; i++) if (hashes[i - 1]! >= hashes[i]!) return false;
  return true;
}

function checkTime(headed: Head): void {
  const { header, context } = headed.block;
  const earliest = Math.floor(context.timestampMs / 1000);
  const latest = earliest + MAX_TIME_ROLL_SECONDS;
  if (header.time >= earliest && header.time <= latest) return;
  reject(headed, 'ERR_QANTO_TIME_OUT_OF_RANGE', {
    field: 'header.time',
    value: header.time,
    expected: `from ${earliest} to ${latest}: the context's timestamp, or up to ${MAX_TIME_ROLL_SECONDS} s later`,
  });
}
