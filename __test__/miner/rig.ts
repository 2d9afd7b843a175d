/** A miner on its own DAG, whose search and clock are controlled by the test. */
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
  /** The names of the miner's events, and the transitions of its circuit breaker, such as `closed -> open`. */
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

  /** Replaces the miner. */
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

  /** Resolves to the argument of the next event of this name. */
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
