import {
  type BlockStore,
  MemoryStore,
  type NetworkName,
  type NetworkParams,
  QantoDag,
} from '../dag/index.ts';
import { resolveNetwork } from '../dag/params.ts';
import { type Environment, processEnvironment } from '../environment.ts';
import { InvalidArgumentError } from '../errors.ts';
import { type Logger, silentLogger } from '../logger.ts';
import { checkMinerConfig, Miner, type MinerConfig } from '../miner/index.ts';
import { defaultThreads } from '../pow/index.ts';
import type { NodeStatus } from './status.ts';

export interface NodeConfig {
  readonly network: NetworkName | NetworkParams;
  /** Directory of the block store; without one blocks are kept in memory. */
  readonly dataDir?: string | undefined;
  readonly miner: MinerConfig;
  readonly node?: {
    /** Stop after mining so many blocks. Default: go on until `stop()`. */
    readonly blocks?: number | undefined;
  };
}

export interface NodeOptions {
  /** Default: the process's own. */
  readonly environment?: Environment;
  /** Another store than the one in `dataDir`; opened and closed with the node. */
  readonly store?: BlockStore;
  /** Called for each template: the payloads of the next block. Default: none. */
  readonly payloads?: () => readonly Uint8Array[];
  /** Where log lines go; its `child`, when it has one, speaks for one part. Default: nowhere. */
  readonly logger?: Logger & { child?(module: string): Logger };
}

/** A DAG and a miner on it, started and stopped together. */
export class QantoNode {
  readonly dag: QantoDag;
  readonly miner: Miner;
  /**
   * Resolves when the node has stopped: nothing is hashed, every block is durable, the store is closed. Rejects,
   * after the same, when the store failed and no block could be kept any more.
   */
  readonly stopped: Promise<void>;
  readonly #logger: Logger;
  readonly #openedAtMs = performance.now();
  #requestStop = () => {};
  #fatalError: Error | undefined;
  #lastBlockAtMs: number | undefined;
  #lastStatus: NodeStatus | undefined;

  private constructor(dag: QantoDag, miner: Miner, blocks: number | undefined, logger: Logger) {
    this.dag = dag;
    this.miner = miner;
    this.#logger = logger;
    this.stopped = new Promise<void>((resolve) => {
      this.#requestStop = resolve;
    }).then(() => this.#close());
    dag.on('block-added', () => {
      this.#lastBlockAtMs = performance.now();
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
   * Opens the store and gets the miner ready. Throws `INVALID_ARGUMENT` or `UNSUPPORTED` for a configuration that
   * cannot be, `NATIVE_UNAVAILABLE` when this machine cannot mine, and what `QantoDag.open` throws.
   */
  static async open(config: NodeConfig, options: NodeOptions = {}): Promise<QantoNode> {
    const { environment = processEnvironment(), logger = silentLogger, payloads } = options;
    const loggerOf = (module: string) => options.logger?.child?.(module) ?? logger;
    const blocks = config.node?.blocks;
    if (blocks !== undefined && (!Number.isSafeInteger(blocks) || blocks < 1)) {
      throw new InvalidArgumentError('node.blocks', blocks, 'an integer, at least 1');
    }
    const network = resolveNetwork(config.network);
    checkMinerConfig(config.miner, {
      networkTargetBlockTimeMs: network.targetTimePerBlockMs,
      seeded: environment.seed !== undefined,
    });
    // Loads the native code: better refused now, before a store is made, than when the first search fails.
    defaultThreads();
    const dag = await QantoDag.open({
      network,
      environment,
      ...storeOf(config, options),
    });
    try {
      const miner = new Miner(dag, config.miner, {
        logger: loggerOf('miner'),
        ...(payloads === undefined ? {} : { payloads }),
      });
      return new QantoNode(dag, miner, blocks, loggerOf('node'));
    } catch (error) {
      await dag.close();
      throw error;
    }
  }

  /** Begins to mine. */
  start(): void {
    const { sink, blockCount } = this.dag.info();
    this.#logger.info('mining', { sink, blocks: blockCount, seed: this.dag.environment.seed });
    this.miner.start();
  }

  /** Stops mining, then closes the store. Calling it again waits for the same end. */
  stop(): Promise<void> {
    // At once, so that not even a search that would be cancelled is begun.
    void this.miner.stop();
    this.#requestStop();
    return this.stopped;
  }

  /** What the node is doing; once it has stopped, what it had come to. */
  status(): NodeStatus {
    return this.#lastStatus ?? this.#currentStatus();
  }

  async #close(): Promise<void> {
    await this.miner.stop();
    this.#lastStatus = this.#currentStatus();
    await this.dag.close();
    const { sink, blocks } = this.#lastStatus;
    this.#logger.info('stopped', { sink, blocks });
    if (this.#fatalError) throw this.#fatalError;
  }

  #currentStatus(): NodeStatus {
    const nowMs = performance.now();
    const { network, blockCount, tipCount, blueScore, difficulty, sink } = this.dag.info();
    return {
      network,
      blocks: blockCount,
      tips: tipCount,
      blueScore,
      difficulty,
      sink,
      lastBlockAgeMs: this.#lastBlockAtMs === undefined ? undefined : nowMs - this.#lastBlockAtMs,
      uptimeMs: nowMs - this.#openedAtMs,
      miner: this.miner.status(),
    };
  }
}

function storeOf(
  { dataDir }: NodeConfig,
  { store }: NodeOptions,
): { dataDir: string } | { store: BlockStore } {
  return store === undefined && dataDir !== undefined ? { dataDir } : { store: store ?? new MemoryStore() };
}

/** After a failed write the DAG accepts nothing until it is opened again: trying on would be pretence. */
function isFatal(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'STORE_FAILED';
}
