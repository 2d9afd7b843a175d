/**
 * Where a command gets its answers: from the node that uses the data directory, through its control socket, or else from the
 * store itself, which the command then opens. Both answer the same methods.
 */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { AbortError } from 'qanto';
import { QantoDag, SqliteStore, StoreLockedError, StoreWrongNetworkError, storeIdentity } from 'qanto/dag';
import type { NodeConfig } from '../qanto-node.ts';
import { type CallOptions, ControlClient, type Greeting, type NoNode } from './client.ts';
import { ControlUnreachableError, NoNodeError, NoStoreError } from './errors.ts';
import type { ControlMethods } from './methods.ts';
import { nodeMethods } from './node-methods.ts';
import { storeMethods } from './store-methods.ts';

/** The part of a node's configuration that determines its store. */
export type StoreConfig = Pick<NodeConfig, 'network' | 'archive' | 'minFreeBytes' | 'trustClock'> & {
  /** An absolute path. */
  readonly dataDir: string;
};

/** What a command needs: the store alone, a DAG to look into, or a DAG to which it adds blocks. */
export type Needs = 'store' | 'dag' | 'writable-dag';

/**
 * A store into which a command only looks. Otherwise the DAG that is opened may prune its store, and would delete blocks of an
 * archive if the command was started without `--archive`.
 */
export class InspectedStore extends SqliteStore {
  readonly readOnly = true;
}

export interface Source {
  /** The process id of the node that answers. Undefined if the command has opened the store itself. */
  readonly pid: number | undefined;
  /** Calls a method. Rejects with the errors of the method, of the connection, and with `ABORT_ERR`. */
  call(method: string, params: object, options?: CallOptions): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * Finds the node that uses the data directory, or opens the store. Rejects with `ERR_QANTO_NO_STORE`,
 * `ERR_QANTO_CONTROL_UNREACHABLE`, `ERR_QANTO_CONTROL_VERSION`, and the errors of `QantoDag.open`. Creates nothing. The methods
 * that need only the store are answered without reading all of its blocks into a DAG.
 */
export async function openSource(config: StoreConfig, needs: Needs): Promise<Source> {
  requireStore(config.dataDir);
  const found = await ControlClient.connect(config.dataDir);
  if ('client' in found) return remote(found.client, found.greeting, config);
  try {
    return await openLocal(config, needs);
  } catch (error) {
    throw explained(error, found, config.dataDir);
  }
}

/**
 * Finds the node that uses the data directory. Rejects with `ERR_QANTO_NO_STORE`, `ERR_QANTO_NO_NODE`,
 * `ERR_QANTO_CONTROL_UNREACHABLE`, `ERR_QANTO_CONTROL_VERSION` and `ERR_QANTO_STORE_WRONG_NETWORK`.
 */
export async function openNode(config: StoreConfig): Promise<Source> {
  requireStore(config.dataDir);
  const found = await ControlClient.connect(config.dataDir);
  if ('client' in found) return remote(found.client, found.greeting, config);
  throw new NoNodeError(config.dataDir, found.problem, found.cause);
}

/** Throws `ERR_QANTO_NO_STORE` if the directory contains no block store. */
export function requireStore(directory: string): void {
  const stats = statSync(directory, { throwIfNoEntry: false });
  if (stats === undefined) throw new NoStoreError(directory, 'it does not exist');
  if (!stats.isDirectory()) throw new NoStoreError(directory, 'it is not a directory');
  if (!existsSync(path.join(directory, 'blocks.db')))
    throw new NoStoreError(directory, 'it has no file blocks.db');
}

function remote(client: ControlClient, greeting: Greeting, config: StoreConfig): Source {
  const { network, genesis, pid } = greeting;
  const expected = storeIdentity(config.network);
  if (network !== expected.network || genesis !== expected.genesis) {
    client.close();
    const shown = (identity: typeof expected) =>
      `network ${JSON.stringify(identity.network)} with genesis ${identity.genesis}`;
    throw new StoreWrongNetworkError(
      path.join(config.dataDir, 'blocks.db'),
      shown({ network, genesis }),
      shown(expected),
    );
  }
  return {
    pid,
    call: (method, params, options) => client.call(method, params, options),
    async close() {
      client.close();
    },
  };
}

/**
 * Opens the store in this process, and creates it if it does not exist. Rejects with the errors of `QantoDag.open`. While it is
 * open, no node can use it.
 */
export async function openLocal(config: StoreConfig, needs: Needs): Promise<Source> {
  const { network, dataDir, archive = false, minFreeBytes, trustClock = false } = config;
  const store = new (needs === 'dag' ? InspectedStore : SqliteStore)(dataDir, { minFreeBytes });
  if (needs !== 'store') {
    const dag = await QantoDag.open({ network, store, archive, trustClock });
    return answering(nodeMethods(dag, store), () => dag.close());
  }
  const identity = storeIdentity(network);
  await store.open(identity);
  return answering(storeMethods(store, identity), () => store.close());
}

/** A store that is in use should have answered on its control socket. The error then says why it did not. */
function explained(error: unknown, { problem, cause }: NoNode, directory: string): unknown {
  if (!(error instanceof StoreLockedError)) return error;
  const owner = error.pid === undefined ? '' : ` (process ${error.pid})`;
  return new ControlUnreachableError(directory, `${problem}${owner}`, cause ?? error);
}

/** A source that answers in this process. */
function answering(methods: ControlMethods, close: () => Promise<void>): Source {
  return {
    pid: undefined,
    async call(method, params, { signal, onProgress } = {}) {
      if (signal?.aborted) throw new AbortError(signal.reason);
      const call = { signal: signal ?? new AbortController().signal, progress: onProgress ?? (() => {}) };
      return methods.call(method, params, call);
    },
    close,
  };
}
