/** The async context in which a DAG emits its events: what AsyncLocalStorage returns in a listener. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Block, MemoryStore, type QantoDag } from '../../ts/dag/index.ts';
import { mineAndAdd, openDag, readBlocks } from './support.ts';

const caller = new AsyncLocalStorage<string>();

let hashes: string[];
let blocks: Block[];
let store: MemoryStore;
let dag: QantoDag;

beforeEach(async () => {
  const source = await openDag();
  hashes = await mineAndAdd(source, 3);
  blocks = await readBlocks(source, hashes);
  await source.close();
  store = new MemoryStore();
  dag = await caller.run('opener', () => openDag({ store }));
});

afterEach(() => dag.close());

const add = (index: number) => caller.run(`adder ${index}`, () => dag.addBlock(blocks[index]!));

describe('Blocks that are added at the same time', () => {
  test('emit block-added and block-answered in the context of their own calls', async () => {
    const added: unknown[] = [];
    const answered: unknown[] = [];
    dag.on('block-added', ({ hash }) => added.push([hashes.indexOf(hash), caller.getStore()]));
    dag.on('block-answered', () => answered.push(caller.getStore()));
    await Promise.all([
      add(0),
      add(1),
      add(2),
      caller.run('adder of a duplicate', () => dag.addBlock(blocks[0]!)),
    ]);
    expect(added).toEqual([
      [0, 'adder 0'],
      [1, 'adder 1'],
      [2, 'adder 2'],
    ]);
    expect(answered).toEqual(['adder 0', 'adder 1', 'adder 2', 'adder of a duplicate']);
  });

  test('emit the events that concern all of them, and use the store, in the context of the call that opened the DAG', async () => {
    const seen: string[] = [];
    const note = (what: string) => seen.push(`${what}: ${caller.getStore()}`);
    const append = store.append.bind(store);
    store.append = (...values) => {
      note('append');
      return append(...values);
    };
    dag.on('store-commit', () => note('store-commit'));
    dag.on('virtual-changed', () => note('virtual-changed'));
    await Promise.all([add(0), add(1), add(2)]);
    expect(seen).toEqual(['append: opener', 'store-commit: opener', 'virtual-changed: opener']);
  });
});

test('A block emits block-added in the context of the call that added it, not of one that offered an altered copy', async () => {
  const added: unknown[] = [];
  dag.on('block-added', () => added.push(caller.getStore()));
  const altered = { ...blocks[0]!, payloads: [Buffer.from('altered')] };
  const copy = caller.run('adder of a copy', () => dag.addBlock(altered));
  await Promise.allSettled([copy, add(0)]);
  expect(added).toEqual(['adder 0']);
});

test('An orphan emits block-added in the context of the call that opened the DAG', async () => {
  const added: unknown[] = [];
  dag.on('block-added', ({ hash }) => added.push([hashes.indexOf(hash), caller.getStore()]));
  await add(1);
  await add(0);
  expect(added).toEqual([
    [0, 'adder 0'],
    [1, 'opener'],
  ]);
});
