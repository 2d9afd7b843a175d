import { expect, test } from '@jest/globals';
import { SqliteStore, storeIdentity } from '../../../ts/dag/index.ts';
import { InspectedStore } from '../../../ts/node/control/source.ts';
import { storedBlock } from '../../dag/store/support.ts';
import { temporaryDirectory } from './support.ts';

test.each([
  ['keeps its blocks', InspectedStore, 5],
  ['would lose them otherwise', SqliteStore, 4],
])('A store into which a command only looks %s when its DAG prunes', async (_, Store, kept) => {
  const store = new Store(temporaryDirectory());
  await store.open(storeIdentity('regtest'));
  const blocks = [0, 1, 2, 3, 4].map((number) => storedBlock(number));
  await store.append(blocks);
  await store.prune({ dropped: [blocks[0]!.hash], trusted: [], state: Uint8Array.of(1), archive: false });
  expect((await store.readBlocks(0)).blocks).toHaveLength(kept);
  await store.close();
});
