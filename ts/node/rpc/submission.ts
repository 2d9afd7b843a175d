/**
 * Blocks as miners submit them: the header, the number of contents, the coinbase and the payloads, one after the other, in the
 * form of a block of Bitcoin. The answers are the reasons of BIP 22, and null for a block that was accepted.
 */
import {
  type Block,
  BlockRejectedError,
  COINBASE_BYTES,
  decodeHeader,
  HEADER_BYTES,
  type Header,
  hashHeader,
  MAX_TIME_ROLL_SECONDS,
  type QantoDag,
  type RejectionCode,
  VERSION_ROLLING_MASK,
} from 'qanto/dag';
import { decodeCoinbase, sha256dDisplayed } from 'qanto/internal';
import { CORE_CODES, RpcMethodError } from './codes.ts';
import type { Templates } from './templates.ts';

/** The members of a DAG that are used. */
export type SubmissionDag = Pick<QantoDag, 'addBlock' | 'getStatus'>;

const REASONS: Partial<Readonly<Record<RejectionCode, string>>> = {
  ERR_QANTO_BLOCK_TOO_LARGE: 'bad-blk-length',
  ERR_QANTO_BAD_VERSION: 'bad-version',
  ERR_QANTO_INVALID_BITS: 'bad-diffbits',
  ERR_QANTO_POW_NOT_MET: 'high-hash',
  ERR_QANTO_CONTEXT_HASH_MISMATCH: 'bad-prevblk',
  ERR_QANTO_TIME_OUT_OF_RANGE: 'time-invalid',
  ERR_QANTO_TIMESTAMP_TOO_FAR_AHEAD: 'time-too-new',
  ERR_QANTO_TIMESTAMP_NOT_ABOVE_MEDIAN: 'time-too-old',
  ERR_QANTO_BELOW_PRUNING_POINT: 'stale-prevblk',
  ERR_QANTO_MERGE_TOO_DEEP: 'stale-prevblk',
  ERR_QANTO_PARENT_REJECTED: 'bad-prevblk',
  ERR_QANTO_PARENTS_NOT_ANTICHAIN: 'bad-prevblk',
  ERR_QANTO_WRONG_BITS: 'bad-diffbits',
  ERR_QANTO_BAD_COINBASE: 'bad-cb-length',
  ERR_QANTO_DUPLICATE_PAYLOAD: 'bad-txns-duplicate',
  ERR_QANTO_CONTENT_ROOT_MISMATCH: 'bad-txnmrklroot',
};

/** Adds a submitted block to the DAG. Resolves to null when it is on disk, and to a reason otherwise. */
export async function submit(hex: string, templates: Templates, dag: SubmissionDag): Promise<string | null> {
  const submitted = decode(hex);
  const known = await knownReason(submitted, dag);
  if (known !== undefined) return known;
  const block = blockOf(submitted, templates);
  if (typeof block === 'string') return block;
  try {
    const { status } = await dag.addBlock(block);
    if (status === 'accepted') return null;
    // A parent has been pruned since the template was made.
    return status === 'orphan' ? 'inconclusive' : status;
  } catch (error) {
    if (error instanceof BlockRejectedError) return reasonOf(error.code);
    throw error;
  }
}

/**
 * What would become of a block, except for its proof of work: null, or a reason. The context is one that this node has made, so
 * only what a miner may change is checked.
 */
export async function propose(hex: string, templates: Templates, dag: SubmissionDag): Promise<string | null> {
  const submitted = decode(hex);
  const known = await knownReason(submitted, dag);
  if (known !== undefined) return known;
  const block = blockOf(submitted, templates);
  if (typeof block === 'string') return block;
  const { header, context } = block;
  const { version, bits } = decodeHeader(templates.withContext(header.contextHash)!.header);
  const second = Math.floor(context.timestampMs / 1000);
  if (((header.version ^ version) & ~VERSION_ROLLING_MASK) !== 0) return 'bad-version';
  if (header.bits !== bits) return 'bad-diffbits';
  if (header.time < second) return 'time-too-old';
  if (header.time > second + MAX_TIME_ROLL_SECONDS) return 'time-too-new';
  return null;
}

interface Submitted {
  readonly header: Header;
  readonly hash: string;
  /** The number of contents. */
  readonly count: number;
  /** The contents, one after the other. */
  readonly contents: Buffer;
}

/** Throws an error with the code -22. */
function decode(hex: string): Submitted {
  const bytes = Buffer.from(hex, 'hex');
  const isHex = hex.length === 2 * bytes.length;
  const { value: count, length } = compactSize(bytes.subarray(HEADER_BYTES));
  if (!isHex || count === undefined) {
    const problem = `Block decode failed; a block is ${HEADER_BYTES} bytes of header, the number of its contents and the contents, in hex digits`;
    throw new RpcMethodError(CORE_CODES.deserialization, problem);
  }
  const header = bytes.subarray(0, HEADER_BYTES);
  const contents = bytes.subarray(HEADER_BYTES + length);
  return { header: decodeHeader(header), hash: hashHeader(header), count, contents };
}

/** The integer of variable length at the beginning, as in blocks of Bitcoin. No block has 2^32 contents. */
function compactSize(bytes: Buffer): { value: number | undefined; length: number } {
  const [first] = bytes;
  if (first === undefined || first === 0xff) return { value: undefined, length: 0 };
  if (first < 0xfd) return { value: first, length: 1 };
  const size = first === 0xfd ? 2 : 4;
  return { value: bytes.length > size ? bytes.readUIntLE(1, size) : undefined, length: 1 + size };
}

async function knownReason({ hash }: Submitted, dag: SubmissionDag): Promise<string | undefined> {
  switch (await dag.getStatus(hash)) {
    case 'accepted':
    case 'pruned':
      return 'duplicate';
    case 'orphan':
      return 'duplicate-inconclusive';
    case 'rejected':
      return 'duplicate-invalid';
    default:
      return undefined;
  }
}

/** The block, or the reason if it is not on a template of this node, or its contents are not those of the template. */
function blockOf({ header, count, contents }: Submitted, templates: Templates): Block | string {
  const template = templates.withContext(header.contextHash);
  if (template === undefined) return 'unknown-work';
  const { context } = template;
  const opaque = templates.opaqueWork(header.contentRoot);
  if (opaque !== undefined && opaque.template === template) {
    const isWhole = count === 1 && sha256dDisplayed(contents) === header.contentRoot;
    if (!isWhole) return 'bad-txnmrklroot';
    return { header, context, coinbase: opaque.coinbase, payloads: template.payloads };
  }
  if (contents.length < COINBASE_BYTES) return 'bad-cb-length';
  const { payloads } = template;
  const others = contents.subarray(COINBASE_BYTES);
  if (count !== 1 + payloads.length || !others.equals(Buffer.concat(payloads))) return 'bad-txns';
  return { header, context, coinbase: decodeCoinbase(contents.subarray(0, COINBASE_BYTES)), payloads };
}

function reasonOf(code: RejectionCode): string {
  return REASONS[code] ?? 'rejected';
}
