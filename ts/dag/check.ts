/**
 * Validates the blocks of a store again, by the rules of docs/protocol.md. Opening a store computes only the consensus data
 * again; this also checks the proof of work, all other rules of the header and the context, and the contents.
 */
import { type Fields, type NameOf, refuseUnknown, requireObject } from '../check-arguments.ts';
import { QantoError } from '../errors.ts';
import { type HeadedBlock, joinBlock, readHead } from './block.ts';
import { checkContents } from './content-rules.ts';
import { DagEngine } from './engine/engine.ts';
import { genesisBlock } from './genesis.ts';
import { HEADER_BYTES, hashHeader } from './header.ts';
import { checkHeader } from './header-rules.ts';
import { type NetworkName, type NetworkParams, resolveNetwork } from './params.ts';
import { previewBlock } from './preview-block.ts';
import { decodeState, decodeTrusted } from './pruning-records.ts';
import { runAtOnce } from './slices.ts';
import { StoreDamagedError } from './store/errors.ts';
import { NO_BODY, type WholeBlock } from './store/store.ts';
import { checkBlockInDag, checkBlockSize, checkContextHash, checkHeadAlone } from './validation.ts';

/** What is known about the blocks that a {@link BlockChecker} checks. */
export interface BlockCheckOptions {
  /** The file or directory, which error messages name. */
  readonly location: string;
  /** Whether every block since genesis is checked: {@link WholeBlocks.isComplete}. */
  readonly isComplete: boolean;
}

/** The result of a check. */
export interface BlockCheckReport {
  /** The number of blocks that were checked, without genesis. */
  readonly blocks: number;
  /** The number of these whose contents were pruned, so that only their header and context were checked. */
  readonly withoutContents: number;
  /**
   * The number of these whose past was pruned, so that the rules that depend on it could not be checked, and the archived
   * blocks of a store that is not complete.
   */
  readonly withoutPast: number;
  /** Hash of the block on which the next block would build. */
  readonly sink: string;
}

const FIELDS: Fields<BlockCheckOptions> = { location: true, isComplete: true };

/**
 * Checks blocks in the order of acceptance, against every rule that can be checked: all rules but the one about the clock for a
 * block whose past is there. Create one for each check. It holds the headers of all blocks in memory, as a DAG does.
 */
export class BlockChecker {
  readonly #network: NetworkParams;
  readonly #options: BlockCheckOptions;
  readonly #engine: DagEngine;
  #blocks = 0;
  #withoutContents = 0;
  #withoutPast = 0;

  /** Throws `ERR_QANTO_INVALID_ARGUMENT` if the network is unknown or invalid. */
  constructor(network: NameOf<NetworkName> | NetworkParams, options: BlockCheckOptions) {
    requireObject('options', options);
    refuseUnknown('options', options, FIELDS);
    this.#network = resolveNetwork(network);
    this.#options = options;
    const { hash, block } = genesisBlock(this.#network);
    const { timestampMs } = block.context;
    this.#engine = new DagEngine(this.#network, { hash, parents: [], bits: block.header.bits, timestampMs });
  }

  /** Checks the next block. Throws `ERR_QANTO_STORE_DAMAGED`, which names the block and whose cause is the rule that it breaks. */
  check(block: WholeBlock): void {
    this.#asDamage(`block ${block.hash}`, () => this.#check(block));
  }

  /**
   * Checks that the pruning state of the store fits the blocks. `state` is {@link BlockStore.state}. Throws
   * `ERR_QANTO_STORE_DAMAGED`.
   */
  finish(state: Uint8Array | undefined): BlockCheckReport {
    return this.#asDamage('the pruning state', () => {
      const engine = this.#engine;
      if (state === undefined && !this.#options.isComplete) {
        throw new QantoError('ERR_QANTO_STORE_DAMAGED', 'it is missing');
      }
      const origin = state && decodeState(state);
      for (const hash of origin ? [origin.finalityPoint, origin.pruningPoint] : []) {
        if (!engine.has(hash))
          throw new QantoError('ERR_QANTO_STORE_DAMAGED', `it names ${hash}, which is missing`);
      }
      // The archive of a pruned store has its order from genesis on, so it does not begin where that of the DAG does.
      const isContinued = origin && (origin.orderStart === 0 || !this.#options.isComplete);
      const genesis = engine.genesis.hash;
      const whole = { finalityPoint: genesis, pruningPoint: genesis, orderStart: 0 };
      runAtOnce(engine.loadVirtual(isContinued ? origin : whole));
      return {
        blocks: this.#blocks,
        withoutContents: this.#withoutContents,
        withoutPast: this.#withoutPast,
        sink: engine.sink(),
      };
    });
  }

  #check(stored: WholeBlock): void {
    const bytes = joinBlock(stored.head, stored.body);
    const headed = readHead(bytes, hashHeader(stored.head.subarray(0, HEADER_BYTES)));
    if (headed.hash !== stored.hash) {
      throw new QantoError('ERR_QANTO_STORE_DAMAGED', `the hash of its header is ${headed.hash}`);
    }
    checkBlockSize(bytes.length, this.#network);
    checkHeader({ hash: headed.hash, bytes: headed.header }, this.#network);
    checkContextHash(headed);
    checkHeadAlone(headed, this.#network);
    this.#place(headed, stored);
    if (stored.body.length === NO_BODY.length) this.#withoutContents += 1;
    else runAtOnce(checkContents(headed, this.#network));
    this.#blocks += 1;
  }

  /** Adds the block to the engine, which has its past unless it was pruned. */
  #place(headed: HeadedBlock, { isHeld, trusted }: WholeBlock): void {
    const { header, context } = headed.block;
    const { parents, timestampMs } = context;
    const node = { hash: headed.hash, parents, bits: header.bits, timestampMs };
    if (this.#options.isComplete || (isHeld && trusted === undefined)) {
      const preview = previewBlock(this.#engine, headed);
      checkBlockInDag(headed, preview);
      this.#engine.add(node, preview);
      return;
    }
    this.#withoutPast += 1;
    if (isHeld) this.#engine.addTrusted({ ...context, ...node, ...decodeTrusted(trusted!) });
  }

  #asDamage<T>(what: string, run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof QantoError)) throw error;
      throw new StoreDamagedError(this.#options.location, `${what}: ${error.message}`, error);
    }
  }
}
