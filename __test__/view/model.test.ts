import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { QantoDag } from '../../ts/dag/index.ts';
import { chainEnd, lastBlocks, Recorder, recordsOf, windowAround } from '../../ts/node/view/records.ts';
import { type Block, Model } from '../../ts/view/model.ts';
import { addBusyBlocks, addChain, copyOf, openBusyDag, overtake } from './busy-dag.ts';

const dags: QantoDag[] = [];

afterEach(async () => {
  for (const dag of dags.splice(0)) await dag.close();
});

async function open(): Promise<QantoDag> {
  const dag = await openBusyDag();
  dags.push(dag);
  return dag;
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The colours of the blocks, and by which block each was merged, as the engine explains them. */
function engineColours(dag: QantoDag, blocks: readonly Block[]) {
  return blocks.map(({ hash }) => {
    try {
      const { colour, mergedBy } = dag.explainColour(hash);
      return { hash, colour, mergedBy: mergedBy ?? 'next' };
    } catch (error) {
      expect((error as { code: string }).code).toBe('ERR_QANTO_NOT_IN_ORDER');
      return { hash, colour: 'pending', mergedBy: undefined };
    }
  });
}

function modelColours(blocks: readonly Block[]) {
  return blocks.map(({ hash, colour, mergedBy }) => ({
    hash,
    colour,
    mergedBy: typeof mergedBy === 'object' ? mergedBy.hash : mergedBy,
  }));
}

describe('The colours of the page', () => {
  test('are those of the engine after every block, whatever is reorganised', async () => {
    let reds = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), async (seed) => {
        const dag = await open();
        const model = new Model();
        const recorder = new Recorder();
        model.add([recorder.record(dag.getView(dag.genesis)!)]);
        let checks = 0;
        dag.on('block-added', ({ hash }) => model.add([recorder.record(dag.getView(hash)!)]));
        dag.on('virtual-changed', () => {
          model.follow(chainEnd(dag));
          expect(modelColours(model.blocks)).toEqual(engineColours(dag, model.blocks));
          checks++;
        });
        await addChain(dag, 3);
        const rival = await copyOf(dag);
        dags.push(rival);
        await addBusyBlocks(dag, 25, seeded(seed));
        await overtake(dag, rival);
        await addBusyBlocks(dag, 10, seeded(seed + 1));
        expect(checks).toBeGreaterThan(35);
        reds += model.blocks.filter(({ colour }) => colour === 'red').length;
      }),
      { numRuns: 8, seed: 4 },
    );
    expect(reds).toBeGreaterThan(8);
  });

  test('are those of the engine in a snapshot of the last blocks', async () => {
    const dag = await open();
    await addBusyBlocks(dag, 60, seeded(9));
    const model = Model.of({ blocks: recordsOf(dag, lastBlocks(dag, 30)), chain: chainEnd(dag) });
    expect(model.blocks.length).toBeGreaterThanOrEqual(30);
    expect(model.blocks.length).toBeLessThan(60);
    expect(modelColours(model.blocks)).toEqual(engineColours(dag, model.blocks));
  });

  test('are those of the engine around an older block', async () => {
    const dag = await open();
    await addBusyBlocks(dag, 700, seeded(3));
    const [middle] = dag.orderSlice(320, 1);
    const model = Model.of(windowAround(dag, middle!)!);
    expect(model.blocks[0]!.hash).toBe(dag.orderSlice(20, 1)[0]);
    expect(model.blocks.length).toBeLessThan(700);
    // The last block of the chain is there, but not the block that merged it.
    const merged = model.blocks.filter((block) => block !== model.sink);
    expect(modelColours(merged)).toEqual(engineColours(dag, merged));
  });
});

describe('The page', () => {
  test('drops its oldest blocks when it has too many, and keeps the colours of the others', async () => {
    const dag = await open();
    await addBusyBlocks(dag, 120, seeded(5));
    const model = new Model(40);
    const recorder = new Recorder();
    for (const hash of lastBlocks(dag, 200)) model.add([recorder.record(dag.getView(hash)!)]);
    model.follow(chainEnd(dag));
    expect(model.blocks.length).toBeLessThanOrEqual(40);
    expect(model.blocks.length).toBeGreaterThan(30);
    expect(modelColours(model.blocks)).toEqual(engineColours(dag, model.blocks));
  });

  test('places every block to the right of its parents, each at a place of its own, and the chain in one row', async () => {
    const dag = await open();
    const first = await copyOf(dag);
    dags.push(first);
    await addBusyBlocks(dag, 80, seeded(11));
    await overtake(dag, first);
    const model = Model.of({ blocks: recordsOf(dag, lastBlocks(dag, 500)), chain: chainEnd(dag) });
    const places = model.blocks.map(({ column, row }) => `${column} ${row}`);
    expect(new Set(places).size).toBe(places.length);
    for (const { column, parents } of model.blocks) {
      for (const parent of parents) expect(column).toBeGreaterThan(parent.column);
    }
    const chain = model.blocks.filter(({ isChain }) => isChain);
    expect(chain.length).toBeGreaterThan(20);
    expect(chain.every(({ row }) => row === 0)).toBe(true);
  });
});
