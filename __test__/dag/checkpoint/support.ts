/** DAGs with checkpoints for tests. */
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type NetworkParams,
  QantoDag,
  regtest,
  SqliteStore,
  type StoredHead,
} from '../../../ts/dag/index.ts';
import { seededEnvironment } from '../../../ts/environment.ts';
import { consensusOf } from '../engine/support.ts';
import { mineAndAdd, mineSiblings, PRUNED_NETWORK } from '../support.ts';

export const NETWORKS: readonly (readonly [string, NetworkParams])[] = [
  ['that keeps all blocks', regtest],
  ['that was pruned', PRUNED_NETWORK],
];

/** The path of the checkpoint of a store. */
export const checkpointOf = (dataDir: string): string => join(dataDir, 'engine.checkpoint');

/** A store on disk, and the number of heads that were read from it. */
export function countingStore(directory: string): { store: SqliteStore; headsRead: () => number } {
  const store = new SqliteStore(directory);
  let read = 0;
  async function* counted(heads: AsyncIterable<readonly StoredHead[]>) {
    for await (const batch of heads) {
      read += batch.length;
      yield batch;
    }
  }
  const { checkpoints } = store;
  const heads = store.heads.bind(store);
  Object.assign(store, {
    heads: () => counted(heads()),
    checkpoints: {
      path: checkpoints.path,
      headsFrom: (appended: number, records: number) => counted(checkpoints.headsFrom(appended, records)),
    },
  });
  return { store, headsRead: () => read };
}

/** Adds chains and siblings to a DAG. */
export async function grow(dag: QantoDag, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await mineAndAdd(dag, 2);
    await Promise.all(mineSiblings(dag, 2).map((block) => dag.addBlock(block)));
  }
}

/** A rebuild has fewer steps than this number of turns, and takes one in each turn at least. */
const TURNS_OF_A_REBUILD = 1000;

/**
 * Waits until no pruning is running: until no file was in use for more turns than a rebuild takes. The calls of the store are not
 * listed as files in use, but it answers them in their order.
 */
async function pruningEnds(dag: QantoDag): Promise<void> {
  for (let turn = 0; turn < 2 * TURNS_OF_A_REBUILD; turn++) {
    await nextTurn();
    if (process.getActiveResourcesInfo().includes('FSReqPromise')) turn = 0;
    if (turn === TURNS_OF_A_REBUILD) await dag.storeUsage();
  }
}

/** Everything that can be read of a DAG, once no pruning is running. */
export async function stateOf(dag: QantoDag): Promise<object> {
  await pruningEnds(dag);
  const order = [...dag.order()];
  return {
    info: dag.info(),
    order,
    tips: dag.tips(),
    views: order.map((hash) => ({ ...consensusOf(dag.getView(hash)!), parents: dag.getView(hash)!.parents })),
    statuses: await Promise.all(order.map((hash) => dag.getStatus(hash))),
  };
}

export function open(network: NetworkParams, store: SqliteStore): Promise<QantoDag> {
  return QantoDag.open({ network, store, environment: seededEnvironment(1) });
}
