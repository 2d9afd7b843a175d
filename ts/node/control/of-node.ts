import path from 'node:path';
import { type BlockStore, type QantoDag, SqliteStore } from 'qanto/dag';
import type { Logger } from 'qanto/telemetry';
import type { NodeConfig } from '../qanto-node.ts';
import { nodeMethods } from './node-methods.ts';
import { type ControlServer, startControl } from './server.ts';

/** Starts to listen on the control socket if it is configured. Resolves to undefined if it cannot be used. */
export async function controlOf(
  { control, dataDir }: NodeConfig,
  dag: QantoDag,
  store: BlockStore,
  { viewLink, logger }: { viewLink: () => string | undefined; logger: Logger },
): Promise<ControlServer | undefined> {
  if (control?.enabled === false || !(control && store instanceof SqliteStore)) return undefined;
  try {
    const methods = nodeMethods(dag, store).add('view.link', {}, () => ({ link: viewLink() ?? null }));
    const started = await startControl(path.resolve(dataDir!), methods, logger);
    logger.debug('listening', { path: started.path });
    return started;
  } catch (error) {
    // Some file systems and sandboxes have no sockets. A node that can mine must not fail for that.
    logger.warn('the node has no control socket, so commands cannot talk to it', { error });
    return undefined;
  }
}
