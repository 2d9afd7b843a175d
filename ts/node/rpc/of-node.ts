import type { QantoDag } from 'qanto/dag';
import type { Miner } from 'qanto/miner';
import type { ControlMethods } from '../control/methods.ts';
import { addChainMethods } from './chain-methods.ts';
import { addHelp } from './help-method.ts';
import { addMiningMethods } from './mining-methods.ts';
import type { RpcServer } from './server.ts';
import { Templates } from './templates.ts';

/** What JSON-RPC needs of a node. */
export interface RpcParts {
  readonly dag: QantoDag;
  readonly miner: Miner;
  readonly payloads: (() => readonly Uint8Array[]) | undefined;
  /** The coinbase address of the node. */
  readonly address: string;
  /** The methods that the node has anyway, to which those of Bitcoin Core are added. */
  readonly methods: ControlMethods;
  /** The directory for the cookie. Undefined if the node has no store in a directory. */
  readonly directory: string | undefined;
}

/** JSON-RPC of an open node. */
export interface OpenRpc {
  readonly url: string;
  /** Ends long polls, and resolves when every submitted block is on disk and the server is closed. */
  close(): Promise<void>;
}

/** Lets a server answer. Throws `ERR_QANTO_RPC_COOKIE`. */
export function openRpc(
  server: RpcServer,
  { dag, miner, payloads, address, methods, directory }: RpcParts,
): OpenRpc {
  const templates = new Templates({ dag, payloads: payloads ?? (() => []) });
  addMiningMethods(addChainMethods(methods, dag), { dag, miner, templates, address });
  addHelp(methods);
  try {
    server.open({ methods, longPolls: () => templates.waiting, directory });
  } catch (error) {
    templates.close();
    throw error;
  }
  return {
    url: server.url,
    async close() {
      await server.close();
      templates.close();
    },
  };
}
