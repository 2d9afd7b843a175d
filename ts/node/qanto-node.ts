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
import { type Logger, Metrics, type MetricsOptions } from 'qanto/telemetry';
import { OPENING, type Readiness, readinessOf } from './readiness.ts';
import { type NodeServer, type ServerConfig, startServer } from './server.ts';
import { type NodeStatus, statusFrom } from './status.ts';

/** What a node is told. */
export interface NodeConfig {
  /** A known network by name, or the parameters of one's own. */
  readonly network: NameOf<NetworkName> | NetworkParams;
  /** Directory of the block store, made when it does not exist; without one blocks are kept in memory. */
  readonly dataDir?: string | undefined;
  /** Keep blocks behind the pruning point to be read by their hashes. Default false. */
  readonly archive?: boolean | undefined;
  /** As `minFreeBytes` of `QantoDagOptions`: with less left on the file system, blocks are refused. */
  readonly minFreeBytes?: number | undefined;
  /** Who is mined for, on how many threads, and how patiently. */
  readonly miner: MinerConfig;
  /** What concerns the node as a whole. */
  readonly node?: {
    /** Stop after mining so many blocks, an integer of at least 1. Default: go on until `stop()`. */
    readonly blocks?: number | undefined;
  };
  /** Serves `/metrics`, `/healthz`, `/readyz` and `/status` over HTTP. Default: no server. */
  readonly server?: ServerConfig | undefined;
}

/** What a node works with, besides its configuration. */
export interface NodeOptions extends Pick<MetricsOptions, 'droppedTelemetry' | 'registry'> {
  /** Default: the process's own. */
  readonly environment?: Environment;
  /** Another store than the one in `dataDir`, which is then not looked at; opened and closed with the node. */
  readonly store?: BlockStore;
  /** Called for each template: the payloads of the next block. Default: none. */
  readonly payloads?: () => readonly Uint8Array[];
  /** Where log lines go; a field `module` says which part speaks. Default: nowhere. */
  readonly logger?: Logger;
}

const MAX_PORT = 65_535;

const CONFIG_FIELDS: Fields<NodeConfig> = {
  network: true,
  dataDir: true,
  archive: true,
  minFreeBytes: true,
  miner: true,
  node: true,
  server: true,
};
const OPTION_FIELDS: Fields<NodeOptions> = {
  droppedTelemetry: true,
  registry: true,
  environment: true,
  store: true,
  payloads: true,
  logger: true,
};
const SERVER_FIELDS: Fields<ServerConfig> = { enabled: true, host: true, port: true };

interface Parts {
  readonly dag: QantoDag;
  readonly miner: Miner;
  readonly metrics: Metrics;
  readonly server: NodeServer | undefined;
  /** Who is mined for. */
  readonly address: string;
  readonly blocks: number | undefined;
  /** Undefined: as many as a job uses by default. */
  readonly threads: number | undefined;
  readonly logger: Logger;
}

/** A DAG and a miner on it, started and stopped together. */
export class QantoNode {
  /** The node's DAG; it is closed with the node. */
  readonly dag: QantoDag;
  /** The node's miner. `start` and `stop` of the node begin and end it. */
  readonly miner: Miner;
  /**
   * The metrics of the DAG, the miner and the solver, on `options.registry` or one of their own; taken off it when
   * the node stops.
   */
  readonly metrics: Metrics;
  /** Where the server listens, such as `http://127.0.0.1:9771`; undefined without one. */
  readonly serverUrl: string | undefined;
  /**
   * Resolves when the node has stopped: nothing is hashed, every block is durable, the store is closed. Rejects,
   * after the same, when the store failed and no block could be kept any more.
   */
  readonly stopped: Promise<void>;
  readonly #server: NodeServer | undefined;
  readonly #address: string;
  readonly #threads: number | undefined;
  readonly #logger: Logger;
  readonly #openedAtMs = performance.now();
  #requestStop = () => {};
  #fatalError: Error | undefined;
  #lastBlockAtMs: number | undefined;
  #stopping = false;
  #lastStatus: NodeStatus | undefined;

  private constructor({ dag, miner, metrics, server, address, blocks, threads, logger }: Parts) {
    this.dag = dag;
    this.miner = miner;
    this.metrics = metrics;
    this.serverUrl = server?.url;
    this.#server = server;
    this.#address = address;
    this.#threads = threads;
    this.#logger = logger;
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
      // Whoever runs the node hears of it through `stopped`.
      this.stop().catch(() => {});
    });
  }

  /**
   * Opens the store and gets the miner ready. Throws `ERR_QANTO_INVALID_ARGUMENT` or `ERR_QANTO_UNSUPPORTED` for a configuration that
   * cannot be, `ERR_QANTO_NATIVE_UNAVAILABLE` when this machine cannot mine, `ERR_QANTO_ADDRESS_IN_USE` or `ERR_QANTO_ADDRESS_UNAVAILABLE` when the
   * server cannot listen, `ERR_QANTO_METRICS_ALREADY_REGISTERED`, and what `QantoDag.open` throws. The server is up before the
   * store is open, and says that the node is not ready.
   */
  static async open(config: NodeConfig, options: NodeOptions = {}): Promise<QantoNode> {
    checkFields(config, options);
    const { environment = processEnvironment(), logger = silentLogger, payloads } = options;
    checkLogger('options.logger', logger);
    const blocks = config.node?.blocks;
    if (blocks !== undefined && (!Number.isSafeInteger(blocks) || blocks < 1)) {
      throw mustBe('node.blocks', blocks, 'an integer, at least 1');
    }
    const network = resolveNetwork(config.network);
    checkMinerConfig(config.miner, {
      networkTargetBlockTimeMs: network.targetTimePerBlockMs,
      seeded: environment.seed !== undefined,
    });
    // Loads the native code: better refused now, before a store is made, than when the first search fails.
    platform();
    let node: QantoNode | undefined;
    const server = await serverOf(config.server, labelled(logger, 'server'), () => node);
    try {
      const { archive = false, minFreeBytes } = config;
      const kept = { archive, minFreeBytes, ...storeOf(config, options) };
      const dag = await QantoDag.open({ network, environment, ...kept });
      logPruning(dag, labelled(logger, 'dag'));
      logStore(dag, labelled(logger, 'dag'));
      node = await onDag(dag, () => {
        const miner = new Miner(dag, {
          ...config.miner,
          logger,
          ...(payloads === undefined ? {} : { payloads }),
        });
        const { registry, droppedTelemetry } = options;
        const metrics = new Metrics({
          ...(registry !== undefined && { registry }),
          ...(droppedTelemetry !== undefined && { droppedTelemetry }),
          dag,
          miner,
        });
        const { address, threads } = config.miner;
        return new QantoNode({
          ...{ dag, miner, metrics, server, address, blocks, threads },
          logger: labelled(logger, 'node'),
        });
      });
      server?.announce();
      return node;
    } catch (error) {
      await server?.close();
      throw error;
    }
  }

  /** Begins to mine. Does nothing when it mines already. Throws `ERR_QANTO_CLOSED` once the node was told to stop. */
  start(): void {
    if (this.#stopping) throw new DagClosedError();
    this.miner.start();
  }

  /**
   * Stops mining, then closes the store and the server. Calling it again waits for the same end. Settles as
   * {@link stopped} does.
   */
  stop(): Promise<void> {
    this.#stopping = true;
    // At once, so that not even a search that would be cancelled is begun.
    void this.miner.stop();
    this.#requestStop();
    return this.stopped;
  }

  /** Stops the node, as {@link stop} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** What the node is doing; once it has stopped, what it had come to. */
  status(): NodeStatus {
    return this.#lastStatus ?? this.#currentStatus();
  }

  /** Whether a block could be mined and kept now, and if not, why. */
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
    await this.miner.stop();
    this.#lastStatus = this.#currentStatus();
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

/** Throws `ERR_QANTO_INVALID_ARGUMENT` for an object that is none, and for a field that does not exist. */
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

/** The server, if one is wanted. It may be asked before there is a node. */
async function serverOf(
  config: ServerConfig | undefined,
  logger: Logger,
  node: () => QantoNode | undefined,
): Promise<NodeServer | undefined> {
  if (config === undefined) return undefined;
  checkServerConfig(config);
  if (config.enabled === false) return undefined;
  const served = {
    metrics: () => node()?.metrics.scrape(),
    readiness: () => node()?.readiness() ?? OPENING,
    status: () => node()?.status(),
  };
  return startServer(config, served, logger);
}

function checkServerConfig(config: ServerConfig): void {
  requireObject('server', config);
  refuseUnknown('server', config, SERVER_FIELDS);
  const { enabled, host, port } = config;
  if (enabled !== undefined && typeof enabled !== 'boolean') {
    throw mustBe('server.enabled', enabled, 'a boolean');
  }
  if (host !== undefined && (typeof host !== 'string' || host === '')) {
    throw mustBe('server.host', host, 'an address or name of this machine');
  }
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= MAX_PORT)) {
    throw mustBe('server.port', port, `an integer from 0 to ${MAX_PORT}`);
  }
}

/** What is made on the DAG; closes the DAG when that fails. */
async function onDag<T>(dag: QantoDag, make: () => T): Promise<T> {
  try {
    return make();
  } catch (error) {
    await dag.close();
    throw error;
  }
}

function logPruning(dag: QantoDag, logger: Logger): void {
  dag.on('pruned', (report) => logger.info('pruned', { ...report }));
  dag.on('pruning-failed', (error) => logger.error('pruning failed; nothing was dropped', { error }));
}

function logStore(dag: QantoDag, logger: Logger): void {
  dag.on('store-space', ({ level, ...space }) => {
    if (level === 'full') logger.error('the store is full; blocks are refused', space);
    else if (level === 'low') logger.warn('the store has little room left', space);
    else logger.info('the store has room again', space);
  });
  dag.on('store-failed', (error) => logger.error('the store failed; no block can be kept', { error }));
  dag.on('store-damaged', (error) => logger.error('the store is damaged', { error }));
}

function storeOf(
  { dataDir }: NodeConfig,
  { store }: NodeOptions,
): { dataDir: string } | { store: BlockStore } {
  return store === undefined && dataDir !== undefined ? { dataDir } : { store: store ?? new MemoryStore() };
}

/** After a failed write the DAG accepts nothing until it is opened again: trying on would be pretence. */
function isFatal(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ERR_QANTO_STORE_FAILED';
}
