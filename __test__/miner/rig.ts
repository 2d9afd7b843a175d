/** A miner on a DAG of its own, with its search and its clock in the test's hands. */
import { once } from 'node:events';
import type { QantoDag } from '../../ts/dag/index.ts';
import { type MinableDag, Miner, type MinerEvents, type MinerOptions } from '../../ts/miner/index.ts';
import { openTestDag, TEST_ADDRESS } from '../../ts/testing.ts';
import { HeldSolver, HeldTimers } from './support.ts';

const EVENT_NAMES: (keyof MinerEvents)[] = [
  'mined',
  'stale',
  'timed-out',
  'exhausted',
  'cancelled',
  'failed',
  'gave-up',
];

export class MinerRig {
  readonly dag: QantoDag;
  readonly solver = new HeldSolver();
  readonly timers = new HeldTimers();
  /** Names of the miner's events, and transitions of its circuit as `closed -> open`. */
  events: string[] = [];
  miner: Miner;

  private constructor(dag: QantoDag) {
    this.dag = dag;
    this.miner = this.make();
  }

  static async open(): Promise<MinerRig> {
    return new MinerRig(await openTestDag({ network: 'regtest' }));
  }

  async close(): Promise<void> {
    await this.miner.stop();
    await this.dag.close();
  }

  /** Puts another miner in the place of the one there is. */
  make(options: Partial<MinerOptions> = {}, dag: MinableDag = this.dag): Miner {
    const miner = new Miner(dag, {
      address: TEST_ADDRESS,
      backoff: { jitter: 0 },
      solve: this.solver.solve,
      timers: this.timers,
      ...options,
    });
    this.events = [];
    for (const name of EVENT_NAMES) miner.on(name, () => this.events.push(name));
    miner.on('circuit', ({ from, to }) => this.events.push(`${from} -> ${to}`));
    this.miner = miner;
    return miner;
  }

  /** Resolves with what the event says the next time it comes. */
  async next<Name extends keyof MinerEvents>(name: Name): Promise<MinerEvents[Name][0]> {
    const [value] = await once(this.miner, name);
    return value;
  }

  /** The DAG with some of its methods replaced. */
  dagWith(overrides: Partial<MinableDag>): MinableDag {
    const { dag } = this;
    return {
      network: dag.network,
      environment: dag.environment,
      sink: () => dag.sink(),
      buildTemplate: (options) => dag.buildTemplate(options),
      addBlock: (block) => dag.addBlock(block),
      on: dag.on.bind(dag),
      off: dag.off.bind(dag),
      ...overrides,
    };
  }
}
