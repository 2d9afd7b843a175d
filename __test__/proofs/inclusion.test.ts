import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Block, QantoDag } from '../../ts/dag/index.ts';
import { decodeProof, encodeProof, ProofError, verifyInclusion } from '../../ts/proofs/index.ts';
import { ADDRESS, mine, mineOn, openDag, PRUNED_NETWORK, readBlocks } from '../dag/support.ts';
import { answerOf, branchedDag } from './support.ts';

let dag: QantoDag;
let blocks: ReadonlyMap<string, Block>;

beforeAll(async () => {
  dag = await branchedDag(7);
  const order = [...dag.order()];
  const read = await readBlocks(dag, order);
  blocks = new Map(order.map((hash, i) => [hash, read[i]!]));
});

afterAll(() => dag.close());

describe('A proof of inclusion', () => {
  test('is valid for every block of the past of every block of the selected chain', async () => {
    const chain = dag.selectedChain(0, 1000);
    const answers = { onChain: 0, offChain: 0 };
    for (const sink of chain.filter((_, height) => height % 3 === 2)) {
      for (const hash of blocks.keys()) {
        if (!dag.isAncestor(hash, sink)) {
          const code = 'ERR_QANTO_NOT_AN_ANCESTOR';
          await expect(dag.proveInclusion(hash, undefined, sink)).rejects.toMatchObject({ code });
          continue;
        }
        const proof = await dag.proveInclusion(hash, undefined, sink);
        const bytes = encodeProof(proof);
        const proven = verifyInclusion(bytes, sink);
        expect(verifyInclusion(proof, sink)).toEqual(proven);
        expect(decodeProof(bytes)).toEqual(proof);
        const { context } = blocks.get(hash)!;
        const height = chain.findIndex((chainBlock) => dag.isAncestor(hash, chainBlock));
        const [chainBlock, top] = [dag.getView(chain[height]!)!, dag.getView(sink)!];
        expect(proven).toEqual({
          hash,
          context,
          payload: undefined,
          chainBlock: chain[height],
          chainHeight: chain[height] === sink ? undefined : height,
          steps: proof.path.length - (proof.range ? 1 : 0),
          work: top.blueWork - chainBlock.blueWork,
          depth: top.blueScore - chainBlock.blueScore,
        });
        if (hash === chain[height]) answers.onChain += 1;
        else answers.offChain += 1;
        expect(proven.steps > 0).toBe(hash !== chain[height]);
      }
    }
    expect(answers.onChain).toBeGreaterThan(20);
    expect(answers.offChain).toBeGreaterThan(20);
  });

  test('is valid for every payload, at its index alone', async () => {
    const sink = dag.sink();
    let payloads = 0;
    for (const [hash, block] of blocks) {
      if (!dag.isAncestor(hash, sink)) continue;
      for (const [index, bytes] of block.payloads.entries()) {
        const proof = await dag.proveInclusion(hash, index);
        const proven = verifyInclusion(proof, sink);
        expect(proven.payload!.index).toBe(index);
        expect(Buffer.compare(proven.payload!.bytes, bytes)).toBe(0);
        payloads += 1;
        for (let wrong = 0; wrong < 8; wrong++) {
          if (wrong === index) continue;
          const moved = { ...proof, payload: { ...proof.payload!, index: wrong } };
          expect(() => verifyInclusion(moved, sink)).toThrow(ProofError);
        }
      }
      const code = 'ERR_QANTO_INVALID_ARGUMENT';
      for (const index of [block.payloads.length, -1, 0.5, '0' as unknown as number, Number.NaN])
        await expect(dag.proveInclusion(hash, index)).rejects.toMatchObject({ code });
    }
    expect(payloads).toBeGreaterThan(50);
  });

  test('uses a shortest path from the block that merged a block off the chain', async () => {
    const off = [...blocks.keys()].filter((hash) => !dag.selectedChain(0, 1000).includes(hash));
    const steps = new Set<number>();
    for (const hash of off.filter((hash) => dag.isAncestor(hash, dag.sink()))) {
      const proven = verifyInclusion(await dag.proveInclusion(hash), dag.sink());
      expect(proven.chainBlock).toBe(dag.explainColour(hash).mergedBy);
      expect(proven.steps).toBe(distance(proven.chainBlock, hash));
      steps.add(proven.steps);
    }
    expect(steps).toEqual(new Set([1, 2]));
  });

  test('leads to any block that the reader trusts, also off the selected chain', async () => {
    const trusted = [...blocks.keys()].find(
      (hash) =>
        blocks.get(hash)!.context.parents.length === 1 &&
        dag.position(hash) > 10 &&
        !dag.selectedChain(0, 1000).includes(hash),
    )!;
    const proof = await dag.proveInclusion(dag.genesis, 0, trusted);
    const { hash, chainHeight, payload } = verifyInclusion(proof, trusted);
    expect([hash, chainHeight]).toEqual([dag.genesis, 0]);
    expect(JSON.parse(Buffer.from(payload!.bytes).toString())).toMatchObject({ name: 'proofs' });
    expect(answerOf(() => verifyInclusion(proof, dag.sink()))).toBe('ERR_QANTO_PROOF_WRONG_SINK');
  });

  test('takes at most 4 KiB besides the payload on the selected chain, with the limits that the document names', () => {
    const bytes = (length: number) => new Uint8Array(length);
    const block = { header: bytes(80), context: Uint8Array.of(16, ...bytes(120 + 32 * 16)) };
    const node = { digest: bytes(32), work: 0n, firstMs: 0, lastMs: 0 };
    const lengths = [0, 2 ** 19, 2 ** 20 - 1].map((index) => {
      const range = { index, leaves: 2 ** 20, work: 0n, nodes: new Array(20).fill(node) };
      const siblings = new Array(26).fill(bytes(32));
      const payload = { index: 9999, depth: 14, siblings, coinbase: bytes(40), bytes: bytes(0) };
      return encodeProof({ sink: block, range, path: [block], payload }).length;
    });
    expect(lengths).toEqual([3959, 3959, 3959]);
  });

  test('is refused for blocks that the DAG does not have, and once it is closed', async () => {
    const unknown = { code: 'ERR_QANTO_UNKNOWN_BLOCK' };
    await expect(dag.proveInclusion('ab'.repeat(32))).rejects.toMatchObject(unknown);
    await expect(dag.proveInclusion(dag.genesis, 0, 'ab'.repeat(32))).rejects.toMatchObject(unknown);
    const invalid = { code: 'ERR_QANTO_INVALID_ARGUMENT' };
    await expect(dag.proveInclusion('AB')).rejects.toMatchObject(invalid);
    await expect(dag.proveInclusion(dag.genesis, 0, '')).rejects.toMatchObject(invalid);
    const closed = await openDag();
    await closed.close();
    await expect(closed.proveInclusion(closed.genesis)).rejects.toMatchObject({ code: 'ERR_QANTO_CLOSED' });
  });

  test('needs a trusted sink that is a hash', async () => {
    const proof = await dag.proveInclusion(dag.genesis);
    for (const sink of ['', 'AB'.repeat(32), `${dag.sink()} `, undefined as unknown as string])
      expect(answerOf(() => verifyInclusion(proof, sink))).toBe('ERR_QANTO_INVALID_ARGUMENT');
  });
});

/** The length of a shortest path through parents. */
function distance(from: string, to: string): number {
  let [length, reached] = [0, new Set([from])];
  while (!reached.has(to)) {
    length += 1;
    reached = new Set([...reached].flatMap((hash) => blocks.get(hash)!.context.parents));
  }
  return length;
}

describe('A pruned DAG', () => {
  test.each([
    ['the payloads that it kept', false],
    ['all of their payloads if it is an archive', true],
  ])('proves every block that it kept, and %s', async (_, archive) => {
    const pruned = await openDag({ network: PRUNED_NETWORK, archive });
    const pruningPoints: string[] = [];
    pruned.on('pruned', ({ pruningPoint }) => pruningPoints.push(pruningPoint));
    while (pruningPoints.length < 3) {
      const payloads = [Buffer.from('a payload')];
      const { hash } = await pruned.addBlock(mine(pruned.buildTemplate({ address: ADDRESS, payloads })));
      await pruned.addBlock(mineOn(pruned, pruned.getView(hash)!.parents, { payloads, extraNonce: 7 }));
      await nextTurn();
    }
    const pruningPoint = pruningPoints.at(-1)!;
    const sink = pruned.sink();
    const settled: number[] = [];
    for (const hash of pruned.order()) {
      if (!pruned.isAncestor(hash, sink)) continue;
      const proof = await pruned.proveInclusion(hash);
      const proven = verifyInclusion(encodeProof(proof), sink);
      expect(proven.hash).toBe(hash);
      const isSettled = hash !== pruningPoint && pruned.isAncestor(hash, pruningPoint);
      if (isSettled) settled.push(proven.steps);
      if (archive || !isSettled) {
        const { payload } = verifyInclusion(await pruned.proveInclusion(hash, 0), sink);
        expect(Buffer.from(payload!.bytes).toString()).toBe('a payload');
        continue;
      }
      await expect(pruned.proveInclusion(hash, 0)).rejects.toMatchObject({ code: 'ERR_QANTO_BLOCK_PRUNED' });
    }
    expect(Math.max(...settled)).toBeGreaterThan(3);
    const code = 'ERR_QANTO_PAST_PRUNED';
    await expect(pruned.proveInclusion(pruned.genesis)).rejects.toMatchObject({ code });
    await pruned.close();
  });
});
