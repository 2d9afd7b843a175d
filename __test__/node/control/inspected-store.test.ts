import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { SqliteStore } from '../../../ts/dag/index.ts';
import { InspectedStore } from '../../../ts/node/control/source.ts';
import { checkpointOf, countingStore, grow, open, stateOf } from '../../dag/checkpoint/support.ts';
import { mineAndAdd, PRUNED_NETWORK } from '../../dag/support.ts';
import { temporaryDirectory } from './support.ts';

/** The files of a checkpoint, by name. The other files change whenever a store is opened. */
function checkpointFiles(directory: string): Record<string, Buffer> {
  const names = readdirSync(directory).filter((name) => name.startsWith(path.basename(checkpointOf(''))));
  return Object.fromEntries(names.map((name) => [name, readFileSync(path.join(directory, name))]));
}

/**
 * Returns a data directory as a kill leaves it directly before the store is pruned: the pruning is due when a DAG is opened, and
 * its checkpoint is in a file of its own.
 */
async function beforePruning(): Promise<string> {
  const root = temporaryDirectory();
  const [directory, copy] = [path.join(root, 'store'), path.join(root, 'copy')];
  let dag = await open(PRUNED_NETWORK, countingStore(directory).store);
  await grow(dag, 10);
  await dag.close();
  const { store } = countingStore(directory);
  const prune = store.prune.bind(store);
  store.prune = async (pruning) => {
    if (!existsSync(copy)) cpSync(directory, copy, { recursive: true });
    await prune(pruning);
  };
  dag = await open(PRUNED_NETWORK, store);
  while (!existsSync(copy)) await mineAndAdd(dag, 1);
  await dag.close();
  return copy;
}

test.each([
  ['keeps its blocks and its checkpoint', InspectedStore, true],
  ['would lose them otherwise', SqliteStore, false],
])('A store into which a command only looks %s when a pruning is due', async (_, Store, isKept) => {
  const directory = await beforePruning();
  const files = checkpointFiles(directory);
  expect(Object.keys(files)).toEqual(['engine.checkpoint', 'engine.checkpoint.pruned']);
  const store = new Store(directory);
  const dag = await open(PRUNED_NETWORK, store);
  await stateOf(dag);
  const { orderStart } = dag.info();
  await dag.close();
  expect(orderStart === 0).toBe(isKept);
  if (isKept) expect(checkpointFiles(directory)).toEqual(files);
  else expect(Object.keys(checkpointFiles(directory))).toEqual(['engine.checkpoint']);

  // The next opening needs the blocks only that came after the checkpoint.
  const { store: next, headsRead } = countingStore(directory);
  const reopened = await open(PRUNED_NETWORK, next);
  expect(headsRead()).toBeLessThan(next.size / 2);
  await reopened.close();
});
