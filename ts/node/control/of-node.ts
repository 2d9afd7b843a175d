import path from 'node:path';
import { type BlockStore, type QantoDag, SqliteStore } from 'qanto/dag';
import type { Miner } from 'qanto/miner';
import type { StratumServer } from 'qanto/stratum';
import type { Logger } from 'qanto/telemetry';
import type { NodeConfig } from '../qanto-node.ts';
import { ControlMethods } from './methods.ts';
import { addMinerMethods } from './miner-methods.ts';
import { addDagMethods, nodeMethods } from './node-methods.ts';
import { type ControlServer, startControl } from './server.ts';
import { addStratumMethods } from './stratum-methods.ts';

/** What the methods of a node work on. */
export interface ControlledParts {
  readonly dag: QantoDag;
  readonly store: BlockStore;
  readonly miner: Miner;
  readonly stratum: StratumServer | undefined;
  /** Returns a link to the page of the node. Undefined if it serves none. */
  readonly viewLink: () => string | undefined;
}

/** The methods of a node. Those of its store exist only if it is in the data directory. */
export function methodsOf({ dag, store, miner, stratum, viewLink }: ControlledParts): ControlMethods {
  const ofDag =
    store instanceof SqliteStore ? nodeMethods(dag, store) : addDagMethods(new ControlMethods(), dag);
  const methods = addMinerMethods(ofDag, miner);
  methods.add('view.link', {}, () => ({ link: viewLink() ?? null }));
  if (stratum !== undefined) addStratumMethods(methods, stratum);
  return methods;
}

/** Starts to listen on the control socket if it is configured. Resolves to undefined if it cannot be used. */
export async function controlOf(
  { control, dataDir }: NodeConfig,
  store: BlockStore,
  methods: ControlMethods,
  logger: Logger,
): Promise<ControlServer | undefined> {
  if (control?.enabled === false || !(control && store instanceof SqliteStore)) return undefined;
  try {
    const started = await startControl(path.resolve(dataDir!), methods, logger);
    logger.debug('listening', { path: started.path });
    return started;
  } catch (error) {
    // Some file systems and sandboxes have no sockets. A node that can mine must not fail for that.
    logger.warn('the node has no control socket, so commands cannot talk to it', { error });
    return undefined;
  }
}
