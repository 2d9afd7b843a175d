import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { chainRootOf, inclusionProof, provenRoot } from './chain-tree.ts';
import { type DagNetwork, DagReader } from './dag-reader.ts';
import { type ReadProof, readProof } from './proof-reader.ts';
import {
  bitsOf,
  contentRootOf,
  digestOf,
  displayed,
  type Network,
  type ReadHead,
  readBlock,
  readHeader,
  ruleBroken,
  sha256,
  sha256d,
  targetOf,
  workOf,
} from './reader.ts';

interface Vectors {
  readonly compactBits: readonly { bits: string; target: string | null; work?: string }[];
  readonly targets: readonly { bits: string; target: string; work: string }[];
  readonly contentRoots: readonly { contents: string[]; root: string }[];
  readonly chainRoots: readonly { count: number; root: string }[];
  readonly headers: readonly Record<
    'version' | 'contextHash' | 'contentRoot' | 'bits' | 'bytes' | 'hash' | 'blake3',
    string
  >[];
  readonly genesis: readonly {
    parameters: Network & DagNetwork & GenesisValues;
    hash: string;
    block: string;
  }[];
  readonly chain: { network: string; blocks: { hash: string; block: string }[]; order: string[] };
  readonly proofs: readonly (ReadProof & { readonly proof: string })[];
  readonly refused: readonly { code: string; block: string }[];
  readonly dag: DagVectors;
  readonly narrowDag: DagVectors;
}

interface DagVectors {
  readonly parameters: DagNetwork;
  readonly blocks: readonly DagBlock[];
  readonly refusedParents: readonly { parents: number[]; code: string }[];
  readonly virtual: { parents: number[]; order: number[] };
}

interface GenesisValues {
  readonly name: string;
  readonly genesisBits: number;
  readonly genesisTimestampMs: number;
}

interface DagBlock {
  readonly hash: string;
  readonly parents: number[];
  readonly bits: string;
  readonly timestampMs: number;
  readonly selectedParent: number;
  readonly blues: number[];
  readonly reds: number[];
}

/** Jest runs in the root of the repository. */
const text = readFileSync('docs/protocol-vectors.json', 'utf8');
const vectors: Vectors = JSON.parse(text);
const bytesOf = (hex: string) => Buffer.from(hex, 'hex');
const regtest = vectors.genesis.find(({ parameters }) => parameters.name === vectors.chain.network)!;

test('The test vectors are those that this implementation generates', () => {
  const made = execFileSync(process.execPath, ['scripts/protocol-vectors.mjs'], { encoding: 'utf8' });
  // Run `npm run protocol:vectors` after a change that two nodes must agree on.
  expect(text).toBe(made);
});

describe('A reader written only from docs/protocol.md', () => {
  test('computes the targets and the work of compact bits', () => {
    const read = vectors.compactBits.map(({ bits }) => {
      const target = targetOf(Number(bits));
      if (target === null) return { bits, target };
      return { bits, target: target.toString(16).padStart(64, '0'), work: String(workOf(target)) };
    });
    expect(read).toEqual(vectors.compactBits);
    expect(read.filter(({ target }) => target === null).length).toBeGreaterThan(5);
  });

  test('computes the compact bits of targets', () => {
    const hexBits = (value: number) => `0x${value.toString(16).padStart(8, '0')}`;
    const read = vectors.targets.map(({ target }) => {
      const value = BigInt(`0x${target}`);
      return { target, bits: hexBits(bitsOf(value)), work: String(workOf(value)) };
    });
    expect(read).toEqual(vectors.targets);
  });

  test('computes the merkle roots of contents', () => {
    const read = vectors.contentRoots.map(({ contents }) =>
      contentRootOf(contents.map(bytesOf)).toString('hex'),
    );
    expect(read).toEqual(vectors.contentRoots.map(({ root }) => root));
  });

  test('computes the chain roots of chains', () => {
    const read = vectors.chainRoots.map(({ count }) => ({ count, root: chainRootOf(chainLeaves(count)) }));
    expect(read).toEqual(vectors.chainRoots);
    expect(read.map(({ count }) => count)).toEqual([0, 1, 2, 3, 7, 8, 1000]);
  });

  test('proves every leaf with at most one node for each level of the tree', () => {
    for (const count of [1, 2, 3, 7, 8, 21, 64, 100]) {
      const leaves = chainLeaves(count);
      const root = chainRootOf(leaves);
      for (const [index, leaf] of leaves.entries()) {
        const proof = inclusionProof(leaves, index);
        expect(proof.length).toBeLessThanOrEqual(Math.ceil(Math.log2(count)));
        expect(provenRoot(leaf, proof)).toBe(root);
        expect(provenRoot({ ...leaf, work: leaf.work + 1n }, proof)).not.toBe(root);
      }
    }
  });

  test('decodes headers and computes their digests', () => {
    for (const { bytes, hash, blake3, ...fields } of vectors.headers) {
      const { headerBytes, ...read } = readHeader(bytesOf(bytes));
      const expected = { ...fields, version: Number(fields.version), bits: Number(fields.bits), hash };
      expect(read).toEqual(expected);
      expect(Buffer.from(digestOf(headerBytes, 'blake3')).toString('hex')).toBe(blake3);
    }
    expect(vectors.headers).toHaveLength(3);
  });

  test.each(vectors.genesis)('makes the genesis of $parameters.name from its parameters', (network) => {
    const { parameters, hash, block } = network;
    const { genesisTimestampMs, genesisBits } = parameters;
    const context = Buffer.alloc(121);
    context.writeBigUInt64LE(BigInt(genesisTimestampMs), 1);
    const contents = [Buffer.alloc(40), Buffer.from(sortedJson(parameters))];
    const header = Buffer.alloc(80);
    header.writeUInt32LE(0x20000000, 0);
    sha256d(context).copy(header, 4);
    contentRootOf(contents).copy(header, 36);
    header.writeUInt32LE(Math.floor(genesisTimestampMs / 1000), 68);
    header.writeUInt32LE(genesisBits, 72);
    const withLength = (content: Buffer) => [u32(content.length), content];
    const made = Buffer.concat([
      ...[Buffer.of(2), header, context, u32(contents.length)],
      ...contents.flatMap(withLength),
    ]);
    expect(made.toString('hex')).toBe(block);
    expect(displayed(sha256d(header))).toBe(hash);
  });

  test('accepts every block of the chain, and computes the same total order', () => {
    const { blocks, order } = vectors.chain;
    const hashes = [regtest.hash];
    const dag = new DagReader(regtest.parameters, readBlock(bytesOf(regtest.block)));
    for (const { hash, block: hex } of blocks) {
      expect(ruleBroken(bytesOf(hex), regtest.parameters)).toBeUndefined();
      const block = readBlock(bytesOf(hex));
      const parents = block.parents.map((parent) => hashes.indexOf(parent));
      expect(dag.refusal(parents)).toBeUndefined();
      const { pastMedianTimeMs, ...due } = dag.add(block, parents);
      const { bits, daaScore, blueScore, blueWork, chainRoot } = due;
      const pruningPoint = hashes[due.pruningPoint];
      expect(block).toMatchObject({ hash, bits, daaScore, blueScore, blueWork, pruningPoint, chainRoot });
      expect(block.timestampMs).toBeGreaterThan(pastMedianTimeMs);
      hashes.push(hash);
    }
    const tips = hashes.flatMap((hash, i) => (isParent(hash) ? [] : [i]));
    expect(dag.order(tips).map((i) => hashes[i])).toEqual(order);
    expect(order.length).toBe(hashes.length);
  });

  test('finds in every proof what it proves, and nothing in a changed one', () => {
    for (const { proof, ...proven } of vectors.proofs) {
      expect(readProof(bytesOf(proof), proven.sink)).toEqual(proven);
      for (let at = 0; at < proof.length / 2; at++) {
        const changed = bytesOf(proof);
        changed[at]! ^= 1 << (at % 8);
        expect(typeof readProof(changed, proven.sink)).toBe('string');
      }
    }
    expect(new Set(vectors.proofs.map(({ steps }) => steps)).size).toBeGreaterThan(1);
    expect(vectors.proofs.filter(({ payload }) => payload !== null).length).toBeGreaterThan(3);
  });

  test('refuses every faulty block with the same code', () => {
    const known = vectors.chain.blocks.slice(0, -1).map(({ block }) => readBlock(bytesOf(block)));
    const hashes = [regtest.hash, ...known.map(({ hash }) => hash)];
    const dag = new DagReader(regtest.parameters, readBlock(bytesOf(regtest.block)));
    const placesOf = ({ parents }: ReadHead) => parents.map((parent) => hashes.indexOf(parent));
    for (const block of known) dag.add(block, placesOf(block));
    const codes = vectors.refused.map(({ block }) =>
      ruleBroken(bytesOf(block), regtest.parameters, (head) => dag.ruleBroken(head, placesOf(head))),
    );
    expect(codes).toEqual(vectors.refused.map(({ code }) => code));
    expect(new Set(codes).size).toBeGreaterThan(20);
  });
});

/** The blocks of a DAG without headers, and what the reader computes for them. */
function readDag({ parameters, blocks }: DagVectors) {
  const claims = blocks.map((block) => ({ ...block, bits: Number(block.bits) }));
  const dag = new DagReader(parameters, claims[0]!);
  const computed = claims.slice(1).map((claim) => dag.add(claim, claim.parents));
  const values = computed.map(({ past: _past, blueSet: _blueSet, mergeSet: _mergeSet, ...rest }, i) => {
    const { hash, parents, timestampMs } = claims[i + 1]!;
    return { hash, parents, ...rest, blueWork: String(rest.blueWork), timestampMs };
  });
  return { claims, dag, computed, values };
}

describe('The reader on a narrow DAG that is long enough for pruning', () => {
  const { claims, dag, values } = readDag(vectors.narrowDag);
  const { virtual } = vectors.narrowDag;

  test('computes the pruning point and the chain root of every block', () => {
    expect(values).toEqual(claims.slice(1));
    expect(new Set(values.map(({ pruningPoint }) => pruningPoint)).size).toBeGreaterThan(3);
    expect(new Set(values.map(({ chainRoot }) => chainRoot)).size).toBeGreaterThan(20);
  });

  test('computes the total order of the past of the virtual block', () => {
    expect(dag.order(virtual.parents)).toEqual(virtual.order);
  });
});

describe('The reader on a DAG with reds, old blocks and changing difficulty', () => {
  const { claims, dag, computed, values } = readDag(vectors.dag);
  const { refusedParents, virtual } = vectors.dag;

  test('computes the colours, scores, difficulty and median time of every block', () => {
    expect(values).toEqual(claims.slice(1));
  });

  test('is tested with blocks to which every rule applies', () => {
    const counts = computed.map(({ daaScore, selectedParent, mergeSet }) => {
      const before = selectedParent === 0 ? 0 : computed[selectedParent - 1]!.daaScore;
      return { uncounted: selectedParent !== 0 && daaScore - before < 1 + mergeSet.length };
    });
    expect(counts.filter(({ uncounted }) => uncounted).length).toBeGreaterThan(0);
    expect(computed.filter(({ reds }) => reds.length > 0).length).toBeGreaterThan(20);
    expect(new Set(claims.map(({ bits }) => bits)).size).toBeGreaterThan(30);
    expect(virtual.parents.length).toBeGreaterThan(2);
  });

  test('computes the total order of the past of the virtual block', () => {
    expect(dag.order(virtual.parents)).toEqual(virtual.order);
  });

  test('refuses the same sets of parents with the same codes, and no other sets', () => {
    expect(refusedParents.map(({ parents }) => dag.refusal(parents))).toEqual(
      refusedParents.map(({ code }) => code),
    );
    expect([...new Set(refusedParents.map(({ code }) => code))].sort()).toEqual([
      'ERR_QANTO_MERGE_SET_TOO_LARGE',
      'ERR_QANTO_MERGE_TOO_DEEP',
      'ERR_QANTO_PARENTS_NOT_ANTICHAIN',
    ]);
    expect(claims.slice(1).map(({ parents }) => dag.refusal(parents))).toEqual(computed.map(() => undefined));
  });
});

/** The leaves of `chainRoots`, as docs/protocol.md describes them. */
function chainLeaves(count: number) {
  return Array.from({ length: count }, (_, i) => ({
    hash: sha256(Buffer.from(`leaf ${i}`)).toString('hex'),
    work: i === 0 ? 0n : i % 2 === 1 ? 2n : 4n,
    timestampMs: 1_000_000 + 1000 * i,
  }));
}

function isParent(hash: string): boolean {
  return vectors.chain.blocks.some(({ block }) => readBlock(bytesOf(block)).parents.includes(hash));
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** JSON with sorted keys at every level and without spaces. */
function sortedJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${sortedJson(entry)}`).join(',')}}`;
}
