/** Encodes and decodes proofs. A proof has exactly one encoding, which docs/protocol.md describes. */
import { contextBytes, HEADER_BYTES } from './block-head.ts';
import { malformed, ProofReader, ProofWriter, requireBytes } from './bytes.ts';
import { branchSteps } from './chain-branch.ts';
import { COINBASE_BYTES, MAX_DEPTH, siblingCount } from './content-branch.ts';
import type { ChainBranch, ContentBranch, InclusionProof, ProofBlock } from './types.ts';

/** The first byte of an encoded proof. */
export const PROOF_FORMAT = 1;

/** The bits of the second byte, which says what the proof has. */
const HAS_RANGE = 1;
const HAS_PAYLOAD = 2;

/**
 * Encodes a proof. Throws a ProofError with `ERR_QANTO_PROOF_MALFORMED`, naming the field, if a value or a length does not
 * fit. Does not check what the proof proves.
 */
export function encodeProof(proof: InclusionProof): Uint8Array {
  requireObject('proof', proof);
  const { sink, range, path, payload } = proof;
  if (!Array.isArray(path)) throw malformed('path', path, 'an array of blocks');
  requireSomePath(range, path.length);
  const parts = (range === undefined ? 0 : HAS_RANGE) | (payload === undefined ? 0 : HAS_PAYLOAD);
  const writer = new ProofWriter().uint(PROOF_FORMAT, 1, 'format').uint(parts, 1, 'parts');
  writeBlock(writer, 'sink', sink);
  if (range !== undefined) writeRange(writer, range);
  writer.uint(path.length, 2, 'path.length');
  for (const [i, block] of path.entries()) writeBlock(writer, `path[${i}]`, block);
  if (payload !== undefined) writePayload(writer, payload);
  return writer.finish();
}

/**
 * Decodes a proof. Throws a ProofError with `ERR_QANTO_PROOF_MALFORMED` if the bytes are not exactly what
 * {@link encodeProof} writes. Does not check what the proof proves. The result shares no memory with the bytes, and takes
 * no more than in proportion to their length, whatever lengths they claim.
 */
export function decodeProof(bytes: Uint8Array): InclusionProof {
  // The copy does not change while it is read.
  const reader = new ProofReader(new Uint8Array(requireBytes('proof', bytes)));
  const format = reader.u8('format');
  if (format !== PROOF_FORMAT) throw malformed('format', format, `${PROOF_FORMAT}`);
  const parts = reader.u8('parts');
  if (parts > (HAS_RANGE | HAS_PAYLOAD)) throw malformed('parts', parts, 'at most 3');
  const sink = readBlock(reader, 'sink');
  const range = (parts & HAS_RANGE) === 0 ? undefined : readRange(reader);
  const length = reader.u16('path.length');
  requireSomePath(range, length);
  const path: ProofBlock[] = [];
  while (path.length < length) path.push(readBlock(reader, `path[${path.length}]`));
  const payload = (parts & HAS_PAYLOAD) === 0 ? undefined : readPayload(reader);
  reader.end('proof');
  return { sink, ...(range && { range }), path, ...(payload && { payload }) };
}

function writeBlock(writer: ProofWriter, field: string, block: ProofBlock): void {
  requireObject(field, block);
  const { header, context } = block;
  writer.bytes(header, `${field}.header`, HEADER_BYTES);
  const [parents = 0] = requireBytes(`${field}.context`, context);
  writer.bytes(context, `${field}.context`, contextBytes(parents));
}

function readBlock(reader: ProofReader, field: string): ProofBlock {
  const header = reader.bytes(HEADER_BYTES, `${field}.header`);
  const parents = reader.peek(`${field}.context`);
  return { header, context: reader.bytes(contextBytes(parents), `${field}.context`) };
}

function writeRange(writer: ProofWriter, range: ChainBranch): void {
  requireObject('range', range);
  const { index, leaves, work, nodes } = range;
  writer.uint(index, 8, 'range.index').uint(leaves, 8, 'range.leaves').u256(work, 'range.work');
  const steps = stepsOf(index, leaves);
  requireLength('range.nodes', nodes, steps);
  for (const [i, node] of nodes.entries()) {
    const field = `range.nodes[${i}]`;
    requireObject(field, node);
    writer.bytes(node.digest, `${field}.digest`, 32).u256(node.work, `${field}.work`);
    writer.uint(node.firstMs, 8, `${field}.firstMs`).uint(node.lastMs, 8, `${field}.lastMs`);
  }
}

function readRange(reader: ProofReader): ChainBranch {
  const index = reader.safeU64('range.index');
  const leaves = reader.safeU64('range.leaves');
  const work = reader.u256('range.work');
  const count = stepsOf(index, leaves);
  const nodes: ChainBranch['nodes'][number][] = [];
  while (nodes.length < count) {
    const field = `range.nodes[${nodes.length}]`;
    nodes.push({
      digest: reader.bytes(32, `${field}.digest`),
      work: reader.u256(`${field}.work`),
      firstMs: reader.safeU64(`${field}.firstMs`),
      lastMs: reader.safeU64(`${field}.lastMs`),
    });
  }
  return { index, leaves, work, nodes };
}

/** The number of siblings on the way from the leaf. */
function stepsOf(index: number, leaves: number): number {
  if (index >= leaves) throw malformed('range.index', index, `less than the number of leaves, ${leaves}`);
  return branchSteps(index, leaves).length;
}

function writePayload(writer: ProofWriter, payload: ContentBranch): void {
  requireObject('payload', payload);
  const { index, depth, siblings, coinbase, bytes } = payload;
  writer.uint(index, 4, 'payload.index').uint(depth, 1, 'payload.depth');
  requireLength('payload.siblings', siblings, siblingsOf(index, depth));
  for (const [i, sibling] of siblings.entries()) writer.bytes(sibling, `payload.siblings[${i}]`, 32);
  writer.bytes(coinbase, 'payload.coinbase', COINBASE_BYTES);
  const { length } = requireBytes('payload.bytes', bytes);
  writer.uint(length, 4, 'payload.bytes.length').bytes(bytes, 'payload.bytes');
}

function readPayload(reader: ProofReader): ContentBranch {
  const index = reader.u32('payload.index');
  const depth = reader.u8('payload.depth');
  const count = siblingsOf(index, depth);
  const siblings: Uint8Array[] = [];
  while (siblings.length < count) siblings.push(reader.bytes(32, `payload.siblings[${siblings.length}]`));
  const coinbase = reader.bytes(COINBASE_BYTES, 'payload.coinbase');
  return {
    index,
    depth,
    siblings,
    coinbase,
    bytes: reader.bytes(reader.u32('payload.bytes.length'), 'payload.bytes'),
  };
}

function siblingsOf(index: number, depth: number): number {
  if (depth > MAX_DEPTH) throw malformed('payload.depth', depth, `at most ${MAX_DEPTH}`);
  // The coinbase is the first content.
  if (index + 1 >= 2 ** depth) throw malformed('payload.index', index, `less than 2^${depth} - 1`);
  return siblingCount(index + 1, depth);
}

/** The leaf of a range proof is the first block of the path. */
function requireSomePath(range: ChainBranch | undefined, length: number): void {
  if (range !== undefined && length === 0) throw malformed('path.length', length, 'at least 1');
}

function requireObject(field: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) throw malformed(field, value, 'an object');
}

function requireLength(field: string, value: unknown, length: number): void {
  if (Array.isArray(value) && value.length === length) return;
  throw malformed(
    field,
    Array.isArray(value) ? `${value.length} entries` : value,
    `an array of ${length} entries`,
  );
}
