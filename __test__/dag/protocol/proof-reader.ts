/**
 * Reads and checks proofs of inclusion, written only from docs/protocol.md. It uses no code of this package, so that its
 * agreement with the test vectors shows that the document is sufficient.
 */
import { displayed, type ReadHead, readHead, sha256, sha256d } from './reader.ts';

export interface ReadProof {
  readonly sink: string;
  readonly block: string;
  readonly chainBlock: string;
  readonly chainHeight: number | null;
  readonly steps: number;
  readonly work: string;
  readonly payload: string | null;
}

/** What a proof shows to a reader who trusts this sink; a sentence if it shows nothing. */
export function readProof(bytes: Buffer, trusted: string): ReadProof | string {
  try {
    return checkedProof(bytes, trusted);
  } catch (error) {
    if (error instanceof RangeError || typeof error === 'string') return String(error);
    throw error;
  }
}

function checkedProof(bytes: Buffer, trusted: string): ReadProof {
  let rest = bytes;
  const take = (length: number) => {
    if (rest.length < length) throw 'short';
    const taken = rest.subarray(0, length);
    rest = rest.subarray(length);
    return taken;
  };
  const exact = () => {
    const value = take(8).readBigUInt64LE();
    must(value < 2n ** 53n, 'too large');
    return value;
  };
  const integer = (raw: Uint8Array) => BigInt(`0x${displayed(raw)}`);
  const takeBlock = (): ReadHead => {
    // The reader of blocks expects the format of blocks before a header.
    const head = readHead(Buffer.concat([Buffer.of(2), rest]));
    must(head !== undefined, 'malformed block');
    take(80 + head!.contextBytes.length);
    must(displayed(sha256d(head!.contextBytes)) === head!.contextHash, 'wrong context');
    return head!;
  };

  must(take(1)[0] === 1, 'wrong format');
  const parts = take(1)[0]!;
  must(parts < 4, 'wrong parts');
  const sink = takeBlock();
  must(sink.hash === trusted, 'wrong sink');

  const range = (parts & 1) === 0 ? undefined : { index: exact(), leaves: exact(), work: integer(take(32)) };
  must(range === undefined || range.index < range.leaves, 'wrong index');
  const sides = range === undefined ? [] : sidesOf(range.index, range.leaves);
  const siblings = sides.map((side) => ({
    ...side,
    digest: take(32),
    work: integer(take(32)),
    firstMs: exact(),
    lastMs: exact(),
  }));
  const path = Array.from({ length: take(2).readUInt16LE() }, takeBlock);

  if (range !== undefined) {
    must(path.length > 0, 'no leaf');
    const [block] = path as [ReadHead];
    const timestampMs = BigInt(block.timestampMs);
    let node: Node = {
      digest: sha256(Buffer.concat([Buffer.of(0), Buffer.from(block.hash, 'hex').reverse()])),
      leaves: 1n,
      work: range.work,
      firstMs: timestampMs,
      lastMs: timestampMs,
    };
    let workBefore = range.work;
    for (const sibling of siblings) {
      node = sibling.isLeft ? joined(sibling, node) : joined(node, sibling);
      if (sibling.isLeft) workBefore += sibling.work;
    }
    const root = displayed(sha256(Buffer.concat([Buffer.of(2), encoded(node)])));
    must(root === sink.chainRoot, 'wrong chain root');
    must(workBefore === block.blueWork, 'wrong work');
    must(block.blueWork <= sink.blueWork && block.blueScore <= sink.blueScore, 'above the sink');
  }
  const linked = range === undefined ? [sink, ...path] : path;
  linked.slice(1).forEach((block, i) => {
    must(linked[i]!.parents.includes(block.hash), 'not a parent');
  });
  const proven = path.at(-1) ?? sink;
  const payload = (parts & 2) === 0 ? null : takePayload(take, proven.contentRoot);
  must(rest.length === 0, 'long');
  const chainBlock = linked[0]!;
  return {
    sink: sink.hash,
    block: proven.hash,
    chainBlock: chainBlock.hash,
    chainHeight: range === undefined ? null : Number(range.index),
    steps: linked.length - 1,
    work: String(sink.blueWork - chainBlock.blueWork),
    payload,
  };
}

/** The payload as hex. */
function takePayload(take: (length: number) => Buffer, contentRoot: string): string {
  const index = take(4).readUInt32LE() + 1;
  const depth = take(1)[0]!;
  must(depth <= 32 && index < 2 ** depth, 'wrong index of the payload');
  const places = Array.from({ length: depth }, (_, level) => Math.floor(index / 2 ** level));
  const siblings = places.map((place) => {
    const own = place > 1 ? take(32) : undefined;
    return { own, first: place === 1 ? undefined : take(32) };
  });
  let first: Buffer = sha256d(take(40));
  const payload = take(take(4).readUInt32LE());
  let node: Buffer = sha256d(payload);
  places.forEach((place, level) => {
    const { own = first, first: besideFirst } = siblings[level]!;
    if (place > 0) {
      must(place % 2 === 0 || !own.equals(node), 'a copy');
      node = sha256d(Buffer.concat(place % 2 === 1 ? [own, node] : [node, own]));
    }
    first = besideFirst === undefined ? node : sha256d(Buffer.concat([first, besideFirst]));
  });
  must(displayed(first) === contentRoot, 'wrong content root');
  return payload.toString('hex');
}

interface Node {
  readonly digest: Buffer;
  readonly leaves: bigint;
  readonly work: bigint;
  readonly firstMs: bigint;
  readonly lastMs: bigint;
}

/** The side and the number of leaves of each sibling, from the leaf up. */
function sidesOf(index: bigint, leaves: bigint): { isLeft: boolean; leaves: bigint }[] {
  if (leaves === 1n) return [];
  let split = 1n;
  while (split * 2n < leaves) split *= 2n;
  return index < split
    ? [...sidesOf(index, split), { isLeft: false, leaves: leaves - split }]
    : [...sidesOf(index - split, leaves - split), { isLeft: true, leaves: split }];
}

function joined(left: Node, right: Node): Node {
  return {
    digest: sha256(Buffer.concat([Buffer.of(1), encoded(left), encoded(right)])),
    leaves: left.leaves + right.leaves,
    work: left.work + right.work,
    firstMs: left.firstMs,
    lastMs: right.lastMs,
  };
}

function encoded({ digest, leaves, work, firstMs, lastMs }: Node): Buffer {
  const bytes = Buffer.alloc(88);
  digest.copy(bytes, 0);
  bytes.writeBigUInt64LE(leaves, 32);
  Buffer.from(BigInt.asUintN(256, work).toString(16).padStart(64, '0'), 'hex').reverse().copy(bytes, 40);
  bytes.writeBigUInt64LE(firstMs, 72);
  bytes.writeBigUInt64LE(lastMs, 80);
  return bytes;
}

function must(holds: boolean, otherwise: string): void {
  if (!holds) throw otherwise;
}
