import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { encodeBlock, parseBlock } from '../../ts/dag/block.ts';
import {
  BlockChecker,
  type QantoDag,
  type QantoDagOptions,
  regtest,
  SqliteStore,
  type WholeBlock,
} from '../../ts/dag/index.ts';
import { until } from '../until.ts';
import { temporaryDirectory } from './store/support.ts';
import { forge, mineAndAdd, mineSiblings, openDag, PRUNED_NETWORK } from './support.ts';

let directory: ReturnType<typeof temporaryDirectory>;
let store: SqliteStore;
let dag: QantoDag;

beforeEach(() => {
  directory = temporaryDirectory();
});

afterEach(async () => {
  await dag.close();
  directory.remove();
});

async function open(options: Partial<QantoDagOptions> = {}): Promise<void> {
  store = new SqliteStore(join(directory.path, 'store'));
  dag = await openDag({ store, ...options });
}

async function mineForks(rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await Promise.all(mineSiblings(dag, 2).map((block) => dag.addBlock(block)));
    await mineAndAdd(dag, 2);
  }
}

async function stored(): Promise<{ blocks: WholeBlock[]; isComplete: boolean }> {
  const { blocks, next, isComplete } = await store.readBlocks(0);
  expect(next).toBeUndefined();
  return { blocks: [...blocks], isComplete };
}

function check(blocks: readonly WholeBlock[], isComplete = true, network = regtest) {
  const checker = new BlockChecker(network, { location: 'here', isComplete });
  for (const block of blocks) checker.check(block);
  return checker.finish(store.state);
}

const flipped = (bytes: Uint8Array, index: number) => {
  const copy = Uint8Array.from(bytes);
  copy[index]! ^= 1;
  return copy;
};

describe('A check of a sound store', () => {
  test('finds the sink of the DAG', async () => {
    await open();
    await mineForks(10);
    const { blocks, isComplete } = await stored();
    expect(check(blocks, isComplete)).toEqual({
      ...{ blocks: 40, withoutContents: 0, withoutPast: 0, sink: dag.sink() },
    });
  });

  test('of an empty DAG finds genesis', async () => {
    await open();
    expect(check([])).toMatchObject({ blocks: 0, sink: dag.genesis });
  });

  test.each([false, true])('finds the sink after pruning, with archive: %j', async (archive) => {
    await open({ network: PRUNED_NETWORK, archive });
    let prunings = 0;
    dag.on('pruned', () => {
      prunings += 1;
    });
    while (prunings < 3) {
      await mineForks(1);
      await until(() => dag.info().pruningPoint === dag.genesis || prunings > 0);
    }
    const { blocks, isComplete } = await stored();
    expect(isComplete).toBe(archive);
    const report = check(blocks, isComplete, PRUNED_NETWORK);
    expect(report.sink).toBe(dag.sink());
    expect(report.blocks).toBe(archive ? dag.info().blockCount - 1 : dag.info().keptBlockCount - 1);
    expect(report.withoutPast > 0).toBe(!archive);
    expect(report.withoutContents > 0).toBe(!archive);
  });
});

describe('A check finds', () => {
  let blocks: WholeBlock[];

  beforeEach(async () => {
    await open();
    await mineForks(3);
    ({ blocks } = await stored());
  });

  const damaged = (reason: string | RegExp) =>
    expect.objectContaining({
      code: 'ERR_QANTO_STORE_DAMAGED',
      location: 'here',
      message: expect.stringMatching(reason),
    });

  test('every changed byte of a block', () => {
    const [block] = blocks as [WholeBlock];
    for (const part of ['head', 'body'] as const) {
      for (let index = 0; index < block[part].length; index++) {
        const changed = { ...block, [part]: flipped(block[part], index) };
        expect(() => check([changed])).toThrow(damaged(block.hash));
      }
    }
  });

  test('a block that is missing', () => {
    expect(() => check(blocks.filter((_, index) => index !== 2))).toThrow(damaged('ERR_QANTO|parents'));
  });

  test('blocks in another order', () => {
    expect(() => check([...blocks].reverse())).toThrow(damaged(blocks.at(-1)!.hash));
  });

  test('a block under the hash of another', () => {
    expect(() => check([{ ...blocks[0]!, hash: blocks[1]!.hash }])).toThrow(
      damaged('the hash of its header'),
    );
  });

  test('a block that breaks a rule, although its hashes are right', async () => {
    const [first] = blocks as [WholeBlock];
    const block = (await dag.getBlock(first.hash))!;
    const forged = forge(block, { context: { daaScore: block.context.daaScore + 1 } });
    const { hash, head, body } = parseBlock(encodeBlock(forged));
    expect(() => check([{ hash, isHeld: true, head, body }])).toThrow(damaged('ERR_QANTO_WRONG_DAA_SCORE'));
  });

  test('a pruning state that names a block that is missing', () => {
    const checker = new BlockChecker(regtest, { location: 'here', isComplete: false });
    expect(() => checker.finish(undefined)).toThrow(damaged('the pruning state: it is missing'));
    expect(() => checker.finish(Uint8Array.of(1, 2, 3, 4, 5))).toThrow(damaged('checksum'));
  });
});
