/** The methods that every node has. A command calls them in its own process if no node runs. */
import { type QantoDag, type SqliteStore, storeIdentity } from 'qanto/dag';
import { z } from 'zod';
import { blockReport, chainSlice, orderSlice, tipLines } from './dag-queries.ts';
import { importBlocks } from './import-blocks.ts';
import type { ControlMethods } from './methods.ts';
import { storeMethods } from './store-methods.ts';

/** The maximum number of blocks in an answer. */
export const MAX_COUNT = 10_000;
/** The maximum number of blocks in a request. */
export const MAX_IMPORTED = 1000;

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lowercase hex digits');
const count = z.int().min(1).max(MAX_COUNT);

/** The methods of a DAG and its store, which are open. */
export function nodeMethods(dag: QantoDag, store: SqliteStore): ControlMethods {
  return addDagMethods(storeMethods(store, storeIdentity(dag.network)), dag);
}

/** Adds the methods that need only a DAG. */
export function addDagMethods(methods: ControlMethods, dag: QantoDag): ControlMethods {
  return methods
    .add('dag.info', {}, () => dag.info())
    .add('dag.tips', {}, () => ({ tips: tipLines(dag) }))
    .add('dag.block', { hash }, (params) => blockReport(dag, params.hash))
    .add('dag.order', { from: z.int().min(0).optional(), count }, (params) =>
      orderSlice(dag, params.from, params.count),
    )
    .add('dag.chain', { from: hash.optional(), count }, (params) => ({
      blocks: chainSlice(dag, params.from, params.count),
    }))
    .add('dag.import', { blocks: z.array(z.base64()).max(MAX_IMPORTED) }, ({ blocks }) =>
      importBlocks(
        dag,
        blocks.map((block) => Buffer.from(block, 'base64')),
      ),
    );
}
