import { platform } from 'qanto';
import {
  type BlockStore,
  DagClosedError,
  type Environment,
  MemoryStore,
  type NameOf,
  type NetworkName,
  type NetworkParams,
  processEnvironment,
  QantoDag,
  SqliteStore,
} from 'qanto/dag';
import {
  checkLogger,
  checkMinerConfig,
  type Fields,
  labelled,
  MINER_CONFIG_FIELDS,
  mustBe,
  refuseUnknown,
  requireObject,
  resolveNetwork,
  silentLogger,
} from 'qanto/internal';
import { Miner, type MinerConfig } from 'qanto/miner';
import type { StratumServer } from 'qanto/stratum';
import { type Logger, Metrics, type MetricsOptions } from 'qanto/telemetry';
import { logClock } from './clock-log.ts';
import { type ControlConfig, checkControlConfig } from './control/config.ts';
import { controlOf, methodsOf } from './control/of-node.ts';
import type { ControlServer } from './control/server.ts';
import { progressLogger } from './progress-log.ts';
import { OPENING, type Readiness, readinessOf } from './readiness.ts';
import { checkRpcConfig, type RpcConfig } from './rpc/config.ts';
import { type OpenRpc, openRpc } from './rpc/of-node.ts';
import { RpcServer } from './rpc/server.ts';
import { type NodeServer, startServer } from './server.ts';
import { checkServerConfig, type ServerConfig } from './server-config.ts';
import { type NodeStatus, statusFrom } from './status.ts';
import { checkStratumConfig, type StratumConfig, stratumOf, stratumUrl } from './stratum.ts';
import { Feed } from './view/feed.ts';
import type { Viewed } from './view/routes.ts';

/** Configuration of a node. */
export interface NodeConfig {
  /** The name of a known network, or the parameters of a custom one. */
  readonly network: NameOf<NetworkName> | NetworkParams;
  /** Directory of the block store, created if it does not exist. Default: blocks are stored in memory. */
  readonly dataDir?: string | undefined;
  /** Whether to keep blocks below the pruning point, which can then be read by their hashes. Default: false. */
  readonly archive?: boolean | undefined;
  /** Minimum number of free bytes on the file system, below which blocks are refused. See `minFreeBytes` of `QantoDagOptions`. */
  readonly minFreeBytes?: number | undefined;
  /** Whether the clock is used as it is, even if it is wrong. See `trustClock` of `QantoDagOptions`. Default: false. */
  readonly trustClock?: boolean | undefined;
  /** Configuration of the miner: coinbase address, threads, timeouts and delays. */
  readonly miner: MinerConfig;
  /** Configuration of the node as a whole. */
  readonly node?: {
    /** Number of blocks after which the node stops, an integer of at least 1. Default: the node mines until `stop()`. */
    readonly blocks?: number | undefined;
  };
  /** The HTTP server for `/metrics`, `/healthz`, `/readyz`, `/status` and the page at `/`. Default: no server. */
  readonly server?: ServerConfig | undefined;
  /**
   * The control socket in `dataDir`, through which the commands talk to the node. If it cannot be used, the node logs a warning
   * and works without it. Default: no control socket.
   */
  readonly control?: ControlConfig | undefined;
  /** The server for miners that speak Stratum v1. Default: no server. */
  readonly stratum?: StratumConfig | undefined;
  /** The server for JSON-RPC over HTTP. Default: no server. */
  readonly rpc?: RpcConfig | undefined;
}

/** Objects that a node uses, besides its configuration. */
export interface NodeOptions extends Pick<MetricsOptions, 'droppedTelemetry' | 'registry'> {
  /** Source of time and random numbers. Default: those of the process. */
  readonly environment?: Environment;
  /** A store to use instead of the one in `dataDir`, which is then ignored. It is opened and closed with the node. */
  readonly store?: BlockStore;
  /** Returns the payloads of the next block. It is called for each template. Default: no payloads. */
  readonly payloads?: () => readonly Uint8Array[];
  /** Receives log lines, with the part of the node in the field `module`. Default: no logging. */
  readonly logger?: Logger;
}

const CONFIG_FIELDS: Fields<NodeConfig> = {
  network: true,
  dataDir: true,
  archive: true,
  minFreeBytes: true,
  trustClock: true,
  miner: true,
  node: true,
  server: true,
  control: true,
  stratum: true,
  rpc: true,
};
const OPTION_FIELDS: Fields<NodeOptions> = {
  droppedTelemetry: true,
  registry: true,
  environment: true,
  store: true,
  payloads: true,
  logger: true,
};

interface Parts {
  readonly dag: QantoDag;
  readonly miner: Miner;
  readonly metrics: Metrics;
  readonly server: NodeServer | undefined;
  readonly control: ControlServer | undefined;
  readonly stratum: StratumServer | undefined;
  readonly rpc: OpenRpc | undefined;
  /** Undefined if the server has no page. */
  readonly feed: Feed | undefined;
  /** The coinbase address. */
  readonly address: string;
  readonly blocks: number | undefined;
  /** Undefined for the default number of threads of a job. */
  readonly threads: number | undefined;
  readonly logger: Logger;
}

/** A DAG with a miner and, optionally, an HTTP server. They are opened, started and stopped together. */
export class QantoNode {
  /** The node's DAG. It is closed with the node. */
  readonly dag: QantoDag;
  /** The node's miner. It is started and stopped by the node's `start` and `stop`. */
  readonly miner: Miner;
  /**
   * The metrics of the DAG, the miner and the solver, on `options.registry` or on a registry of their own. They are
   * unregistered when the node stops.
   */
  readonly metrics: Metrics;
  /** URL of the server, such as `http://127.0.0.1:9771`. Undefined without a server. */
  readonly serverUrl: string | undefined;
  /**
   * Path of the control socket; on Windows, the name of a pipe. Undefined without a control socket, also if it could not be used.
   */
  readonly controlPath: string | undefined;
  /** The address for miners that speak Stratum, such as `stratum+tcp://127.0.0.1:3333`. Undefined without this server. */
  readonly stratumUrl: string | undefined;
  /** URL of the server for JSON-RPC, such as `http://127.0.0.1:9772`. Undefined without this server. */
  readonly rpcUrl: string | undefined;
  /**
   * Resolves when the node has stopped: no thread hashes, every block is durable, and the store is closed. If the store
   * failed, so that the node could store no more blocks, it rejects with that error once the node has stopped.
   */
  readonly stopped: Promise<void>;
  readonly #server: NodeServer | undefined;
  readonly #control: ControlServer | undefined;
  readonly #stratum: StratumServer | undefined;
  readonly #rpc: OpenRpc | undefined;
  readonly #address: string;
  readonly #threads: number | undefined;
  readonly #logger: Logger;
  readonly #openedAtMs = performance.now();
  readonly #feed: Feed | undefined;
  #requestStop = () => {};
  #fatalError: Error | undefined;
  #lastBlockAtMs: number | undefined;
  #stopping = false;
  #lastStatus: NodeStatus | undefined;

  private constructor({ dag, miner, metrics, server, feed, control, stratum, rpc, ...parts }: Parts) {
    const { address, blocks, threads, logger } = parts;
    this.dag = dag;
    this.miner = miner;
    this.metrics = metrics;
    this.serverUrl = server?.url;
    this.controlPath = control?.path;
    this.stratumUrl = stratum && stratumUrl(stratum);
    this.rpcUrl = rpc?.url;
    this.#server = server;
    this.#control = control;
    this.#stratum = stratum;
    this.#rpc = rpc;
    this.#address = address;
    this.#threads = threads;
    this.#logger = logger;
    this.#feed = feed;
    this.stopped = new Promise<void>((resolve) => {
      this.#requestStop = resolve;
    }).then(() => this.#close());
    dag.on('block-added', () => {
      this.#lastBlockAtMs = performance.now();
    });
    miner.on('state', ({ from }) => {
      if (from === 'stopped' && !this.#stopping) this.#logMining();
    });
    miner.on('mined', () => {
      if (miner.status().counts.mined === blocks) void this.stop();
    });
    miner.on('failed', ({ error }) => {
      if (!isFatal(error)) return;
      this.#fatalError = error;
      // The error is reported through `stopped`.
      this.stop().catch(() => {});
    });
  }

  /**
   * Opens the store and prepares the miner. The server starts before the store is open, and reports until then that the node
   * is not ready. Rejects with `ERR_QANTO_INVALID_ARGUMENT` or `ERR_QANTO_UNSUPPORTED` if the configuration is invalid,
   * `ERR_QANTO_NATIVE_UNAVAILABLE` if this machine cannot mine, `ERR_QANTO_ADDRESS_IN_USE` or
   * `ERR_QANTO_ADDRESS_UNAVAILABLE` if a server cannot listen, `ERR_QANTO_RPC_INSECURE`, `ERR_QANTO_RPC_TLS` or
   * `ERR_QANTO_RPC_COOKIE` if JSON-RPC cannot be served, `ERR_QANTO_METRICS_ALREADY_REGISTERED`, and the errors of
   * `QantoDag.open`.
   */
  static async open(config: NodeConfig, options: NodeOptions = {}): Promise<QantoNode> {
    checkFields(config, options);
    const { environment = processEnvironment(), logger = silentLogger, payloads } = options;
    checkLogger('options.logger', logger);
    const blocks = config.node?.blocks;
    if (blocks !== undefined && (!Number.isSafeInteger(blocks) || blocks < 1)) {
      throw mustBe('node.blocks', blocks, 'an integer of at least 1');
    }
    const network = resolveNetwork(config.network);
    const directory = options.store === undefined ? config.dataDir : undefined;
    if (config.control !== undefined) {
      checkControlConfig(config.control, directory !== undefined);
    }
    if (config.stratum !== undefined) checkStratumConfig(config.stratum);
    if (config.rpc !== undefined) checkRpcConfig(config.rpc, directory !== undefined);
    checkMinerConfig(config.miner, {
      networkTargetBlockTimeMs: network.targetTimePerBlockMs,
      seeded: environment.seed !== undefined,
    });
    // Loads the native code, so that an error comes before a store is created and not with the first search.
    platform();
    let node: QantoNode | undefined;
    let viewed: Viewed | undefined;
    const server = await serverOf(config.server, labelled(logger, 'server'), {
      node: () => node,
      viewed: () => (viewed?.feed.isOpen ? viewed : undefined),
    });
    let rpcServer: RpcServer | undefined;
    try {
      if (config.rpc?.enabled) rpcServer = await RpcServer.listen(config.rpc, labelled(logger, 'rpc'));
      const { archive = false, minFreeBytes, trustClock = false } = config;
      const onProgress = progressLogger(labelled(logger, 'dag'));
      const store = storeOf(config, options);
      const kept = { store, archive, minFreeBytes, trustClock };
      const dag = await QantoDag.open({ network, environment, onProgress, ...kept });
      logPruning(dag, labelled(logger, 'dag'));
      logStore(dag, labelled(logger, 'dag'));
      logClock(dag, labelled(logger, 'dag'));
      node = await onDag(dag, async () => {
        const miner = new Miner(dag, {
          ...config.miner,
          logger,
          ...(payloads === undefined ? {} : { payloads }),
        });
        const { registry, droppedTelemetry } = options;
        const { address, threads } = config.miner;
        const stratum = await stratumOf(config.stratum, dag, payloads, logger);
        let metrics: Metrics | undefined;
        let rpc: OpenRpc | undefined;
        let control: ControlServer | undefined;
        try {
          metrics = new Metrics({
            ...(registry !== undefined && { registry }),
            ...(droppedTelemetry !== undefined && { droppedTelemetry }),
            ...(stratum !== undefined && { stratum }),
            ...(rpcServer && { rpc: rpcServer }),
            dag,
            miner,
          });
          const viewLink = () => server?.viewLink();
          const methods = methodsOf({ dag, store, miner, stratum, viewLink });
          rpc = rpcServer && openRpc(rpcServer, { dag, miner, payloads, address, methods, directory });
          control = await controlOf(config, store, methods, labelled(logger, 'control'));
        } catch (error) {
          metrics?.close();
          await stratum?.close();
          throw error;
        }
        const feed = server?.servesPage ? new Feed({ dag, miner, metrics, stratum }) : undefined;
        viewed = feed && { dag, feed };
        return new QantoNode({
          ...{ dag, miner, metrics, server, feed, control, stratum, rpc, address, blocks, threads },
          logger: labelled(logger, 'node'),
        });
      });
      server?.announce();
      return node;
    } catch (error) {
      await rpcServer?.close();
      await server?.close();
      throw error;
    }
  }

  /** Starts mining. Does nothing if the node is mining already. Throws `ERR_QANTO_CLOSED` after `stop` was called. */
  start(): void {
    if (this.#stopping) throw new DagClosedError();
    this.miner.start();
  }

  /**
   * Stops mining, then closes the store and the server. Returns {@link stopped}; further calls return the same promise.
   */
  stop(): Promise<void> {
    this.#stopping = true;
    // Called synchronously, so that the miner starts no further search.
    void this.miner.stop();
    this.#requestStop();
    return this.stopped;
  }

  /** Stops the node, as {@link stop} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Returns a link to the page that shows the node live. If other machines can reach the server, the link contains a new code,
   * which a browser can use once within ten minutes. Undefined without a server, or if `server.view` is false.
   */
  viewLink(): string | undefined {
    return this.#server?.viewLink();
  }

  /** The current status of the node. After the node has stopped, its last status. */
  status(): NodeStatus {
    return this.#lastStatus ?? this.#currentStatus();
  }

  /** Whether a block could be mined and stored now, and the reasons if not. */
  readiness(): Readiness {
    const { dag, miner } = this;
    return readinessOf({ dag, miner, address: this.#address, stopping: this.#stopping });
  }

  #logMining(): void {
    const { sink, blockCount } = this.dag.info();
    const { chosen, defaultThreads } = platform();
    const { kernel, reason } = chosen[this.dag.network.powAlgorithm];
    this.#logger.info('mining', {
      sink,
      blocks: blockCount,
      seed: this.dag.environment.seed,
      kernel,
      kernelBy: reason,
      threads: this.#threads ?? defaultThreads,
    });
  }

  async #close(): Promise<void> {
    await Promise.all([this.miner.stop(), this.#stratum?.close(), this.#rpc?.close()]);
    this.#lastStatus = this.#currentStatus();
    this.#feed?.close();
    // The directory belongs to this node, and so does the socket in it, until the store is closed.
    await this.#control?.close();
    await this.dag.close();
    await this.#server?.close();
    this.metrics.close();
    const { sink, blocks } = this.#lastStatus;
    this.#logger.info('stopped', { sink, blocks });
    if (this.#fatalError) throw this.#fatalError;
  }

  #currentStatus(): NodeStatus {
    const nowMs = performance.now();
    const { dag, miner, metrics } = this;
    return {
      ...statusFrom(metrics, dag, miner),
      lastBlockAgeMs: this.#lastBlockAtMs === undefined ? undefined : nowMs - this.#lastBlockAtMs,
      uptimeMs: nowMs - this.#openedAtMs,
    };
  }
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT` if an argument is not an object or has an unknown field. */
function checkFields(config: NodeConfig, options: NodeOptions): void {
  requireObject('config', config);
  refuseUnknown('config', config, CONFIG_FIELDS);
  requireObject('options', options);
  refuseUnknown('options', options, OPTION_FIELDS);
  requireObject('miner', config.miner);
  refuseUnknown('miner', config.miner, MINER_CONFIG_FIELDS);
  if (config.node === undefined) return;
  requireObject('node', config.node);
  refuseUnknown('node', config.node, { blocks: true });
}

/** Starts the server if it is configured. It answers requests before `node` returns a node. */
async function serverOf(
  config: ServerConfig | undefined,
  logger: Logger,
  { node, viewed }: { node: () => QantoNode | undefined; viewed: () => Viewed | undefined },
): Promise<NodeServer | undefined> {
  if (config === undefined) return undefined;
  checkServerConfig(config);
  if (config.enabled === false) return undefined;
  const served = {
    metrics: () => node()?.metrics.scrape(),
    readiness: () => node()?.readiness() ?? OPENING,
    status: () => node()?.status(),
    viewed,
  };
  return startServer(config, served, logger);
}

/** Calls `make`, and closes the DAG if that throws or rejects. */
async function onDag<T>(dag: QantoDag, make: () => T | Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    await dag.close();
    throw error;
  }
}

function logPruning(dag: QantoDag, logger: Logger): void {
  dag.on('pruned', (report) => logger.info('pruned', { ...report }));
  dag.on('pruning-failed', (error) => logger.error('pruning failed; no block was removed', { error }));
}

function logStore(dag: QantoDag, logger: Logger): void {
  dag.on('store-space', ({ level, ...space }) => {
    if (level === 'full') logger.error('the store is full; new blocks are refused', space);
    else if (level === 'low') logger.warn('the store has little free space left', space);
    else logger.info('the store has enough free space again', space);
  });
  dag.on('store-failed', (error) =>
    logger.error('the store failed; no more blocks can be stored', { error }),
  );
  dag.on('store-damaged', (error) => logger.error('the store is damaged', { error }));
  dag.on('checkpoint-failed', (error) => logger.warn('no checkpoint was written', { error }));
}

function storeOf({ dataDir, minFreeBytes }: NodeConfig, { store }: NodeOptions): BlockStore {
  if (store !== undefined) return store;
  return dataDir === undefined ? new MemoryStore() : new SqliteStore(dataDir, { minFreeBytes });
}

/** Whether the DAG accepts no more blocks until it is opened again, so that mining on would be useless. */
function isFatal(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ERR_QANTO_STORE_FAILED';
}
