import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeCoinbase } from '../../ts/dag/coinbase.ts';
import type { InclusionProof, QantoDag } from '../../ts/dag/index.ts';
import { displayHash, sha256d } from '../../ts/pow/index.ts';
import { type ContentBranch, encodeProof, verifyInclusion } from '../../ts/proofs/index.ts';
import { ADDRESS, mine, mineAndAdd, openDag } from '../dag/support.ts';
import { answerOf } from './support.ts';

const pair = (left: Uint8Array, right: Uint8Array) => sha256d(Buffer.concat([left, right]));

let dag: QantoDag;

beforeAll(async () => {
  dag = await openDag();
});

afterAll(() => dag.close());

/** A block with this number of payloads, its contents and their leaves. */
async function blockOf(
  count: number,
): Promise<{ hash: string; coinbase: Uint8Array; leaves: Uint8Array[]; root: string }> {
  const payloads = Array.from({ length: count }, (_, index) => Buffer.from(`${count}: ${index}`));
  const block = mine(dag.buildTemplate({ address: ADDRESS, payloads }));
  const { hash } = await dag.addBlock(block);
  await mineAndAdd(dag, 1);
  const coinbase = encodeCoinbase(block.coinbase);
  return { hash, coinbase, leaves: [coinbase, ...payloads].map(sha256d), root: block.header.contentRoot };
}

async function answerTo(hash: string, payload: ContentBranch): Promise<unknown> {
  const proof = await dag.proveInclusion(hash);
  return answerOf(() => verifyInclusion({ ...proof, payload }, dag.sink()));
}

describe('A proof that an inner node is a payload', () => {
  test('is refused, since the coinbase shows the depth of the tree', async () => {
    const { hash, coinbase, leaves, root } = await blockOf(3);
    const [first, second, third, fourth] = leaves as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const bytes = Buffer.concat([third, fourth]);
    // Without a coinbase of 40 bytes, this would be a branch to the root.
    expect(displayHash(pair(pair(first, second), sha256d(bytes)))).toBe(root);
    const left = Buffer.concat([first, second]);
    const forged = { index: 0, depth: 1, siblings: [], bytes };
    await expect(answerTo(hash, { ...forged, coinbase })).resolves.toBe('ERR_QANTO_PROOF_WRONG_PAYLOAD');
    await expect(answerTo(hash, { ...forged, coinbase: left })).resolves.toBe('ERR_QANTO_PROOF_MALFORMED');
    const swapped = { ...forged, coinbase: coinbase, bytes: left, siblings: [] };
    await expect(answerTo(hash, swapped)).resolves.toBe('ERR_QANTO_PROOF_WRONG_PAYLOAD');
  });

  test('is refused if the depth is greater than that of the tree', async () => {
    const { hash, coinbase, leaves } = await blockOf(1);
    const [, second] = leaves as [Uint8Array, Uint8Array];
    for (const siblings of [[second, second], [second]]) {
      const deeper = { index: 1, depth: 2, siblings, coinbase, bytes: Buffer.from('1: 0') };
      const answer = await answerTo(hash, deeper);
      expect(answer).toMatch(/^ERR_QANTO_PROOF_(WRONG_PAYLOAD|MALFORMED)$/);
    }
  });
});

describe('A proof that a payload is at an index beyond the end (CVE-2012-2459)', () => {
  test('is refused on every level', async () => {
    for (const count of [2, 4, 5, 6, 8]) {
      const { hash, coinbase, leaves, root } = await blockOf(count);
      // The places of the leaves if every copy that the pairing of the last nodes implies is written out.
      const places = leaves.map((_, place) => place);
      let size = 1;
      for (; size < places.length; size *= 2) {
        if ((places.length / size) % 2 === 1) places.push(...places.slice(-size));
      }
      const depth = Math.log2(places.length);
      for (let content = leaves.length; content < places.length; content++) {
        const siblings: Uint8Array[] = [];
        const bytes = Buffer.from(`${count}: ${places[content]! - 1}`);
        let level = places.map((place) => leaves[place]!);
        let node: Uint8Array = sha256d(bytes);
        for (let place = content; level.length > 1; place = place >>> 1) {
          const sibling = level[place ^ 1]!;
          if (place > 1) siblings.push(sibling);
          if (place !== 1) siblings.push(level[1]!);
          node = place % 2 === 1 ? pair(sibling, node) : pair(node, sibling);
          const below = level;
          level = below.filter((_, i) => i % 2 === 0).map((left, i) => pair(left, below[2 * i + 1]!));
        }
        expect(displayHash(node)).toBe(root);
        const forged = { index: content - 1, depth, siblings, coinbase, bytes };
        await expect(answerTo(hash, forged)).resolves.toBe('ERR_QANTO_PROOF_WRONG_PAYLOAD');
      }
    }
  });
});

describe('A decoded proof', () => {
  test.each([
    ['is null', () => null],
    ['is a string', () => 'proof'],
    ['is another typed array', () => new Uint16Array(9)],
    ['has no sink', (proof: InclusionProof) => ({ ...proof, sink: undefined })],
    [
      'has a string as its header',
      ({ sink, ...rest }: InclusionProof) => ({ ...rest, sink: { ...sink, header: 'header' } }),
    ],
    [
      'has an empty context',
      ({ sink, ...rest }: InclusionProof) => ({ ...rest, sink: { ...sink, context: new Uint8Array(0) } }),
    ],
    ['has a number as its range', (proof: InclusionProof) => ({ ...proof, range: 1 })],
    [
      'has a fraction as its index',
      (proof: InclusionProof) => ({ ...proof, range: { ...proof.range!, index: 0.5 } }),
    ],
    [
      'has an index beyond its leaves',
      (proof: InclusionProof) => ({ ...proof, range: { ...proof.range!, index: proof.range!.leaves } }),
    ],
    [
      'has too many leaves',
      (proof: InclusionProof) => ({ ...proof, range: { ...proof.range!, leaves: 2 ** 53 } }),
    ],
    [
      'has too much work',
      (proof: InclusionProof) => ({ ...proof, range: { ...proof.range!, work: 1n << 256n } }),
    ],
    [
      'has a number as its work',
      (proof: InclusionProof) => ({ ...proof, range: { ...proof.range!, work: 1 } }),
    ],
    [
      'has too few nodes',
      (proof: InclusionProof) => ({ ...proof, range: { ...proof.range!, nodes: [null] } }),
    ],
    ['has no path', (proof: InclusionProof) => ({ ...proof, path: undefined })],
    ['has an empty path', (proof: InclusionProof) => ({ ...proof, path: [] })],
    [
      'has too long a path',
      (proof: InclusionProof) => ({ ...proof, path: new Array(65_536).fill(proof.sink) }),
    ],
    ['has a string as its payload', (proof: InclusionProof) => ({ ...proof, payload: 'payload' })],
    [
      'has too great a depth',
      (proof: InclusionProof) => ({ ...proof, payload: { ...proof.payload!, depth: 33 } }),
    ],
    [
      'has no list of siblings',
      (proof: InclusionProof) => ({ ...proof, payload: { ...proof.payload!, siblings: {} } }),
    ],
    [
      'has a list as its bytes',
      (proof: InclusionProof) => ({ ...proof, payload: { ...proof.payload!, bytes: [1] } }),
    ],
  ])('that %s is refused as malformed', async (_, change) => {
    const { hash } = await blockOf(1);
    const proof = await dag.proveInclusion(hash, 0);
    const call = () => verifyInclusion(change(proof) as InclusionProof, dag.sink());
    expect(answerOf(call)).toBe('ERR_QANTO_PROOF_MALFORMED');
  });

  test('is not changed by what happens to the bytes that it was made from', async () => {
    const { hash } = await blockOf(2);
    const bytes = encodeProof(await dag.proveInclusion(hash, 1));
    const { payload } = verifyInclusion(bytes, dag.sink());
    bytes.fill(0);
    expect(Buffer.from(payload!.bytes).toString()).toBe('2: 1');
    const detached = new Uint8Array(100);
    structuredClone(detached, { transfer: [detached.buffer] });
    expect(answerOf(() => verifyInclusion(detached, dag.sink()))).toBe('ERR_QANTO_PROOF_MALFORMED');
  });
});
