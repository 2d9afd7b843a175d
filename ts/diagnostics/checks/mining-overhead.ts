import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { SOLVE_CHANNEL, type SolveMessage } from 'qanto';
import { devnet, MemoryStore, QantoDag, seededEnvironment } from 'qanto/dag';
import { MAX_VARIANTS } from 'qanto/internal';
import { mineBlocks } from 'qanto/testing';
import type { Check } from '../check.ts';
import { middle } from '../figures.ts';
import { kernelSubject } from '../kernel-subjects.ts';
import { median } from '../statistics.ts';
import { judge, THRESHOLDS } from '../thresholds.ts';

/** A devnet with 16 million expected hashes per block, which take about a second or less. */
const network = { ...devnet, name: 'mining-overhead', genesisBits: 0x1e00ffff };
const BARE_HASHES = 2 ** 23;

export const miningOverhead: Check = {
  id: 'mining-overhead',
  title: 'Time outside hashing',
  method:
    'CPU time of the process while it mines devnet blocks of 16 million hashes, minus the CPU time of the same number of hashes in a plain search, measured in turn with the mining.',
  seconds: { quick: 6, full: 30 },
  async measure({ machine, seconds, signal, onProgress }) {
    const { kernel } = machine.chosen.sha256d;
    const bare = kernelSubject({ algorithm: 'sha256d', kernel, versions: MAX_VARIANTS });
    const dag = await QantoDag.open({
      network,
      store: new MemoryStore(),
      environment: seededEnvironment(42),
    });
    let hashed = 0;
    const count = (message: unknown) => {
      hashed += (message as SolveMessage).hashes;
    };
    const shares: number[] = [];
    const startedAtMs = performance.now();
    const done = () => (performance.now() - startedAtMs) / (1000 * seconds);
    try {
      do {
        const bareBefore = await cpuMs(() => bare.hash(BARE_HASHES, signal));
        hashed = 0;
        subscribe(SOLVE_CHANNEL, count);
        const mining = await cpuMs(() => mineBlocks(dag, 1));
        unsubscribe(SOLVE_CHANNEL, count);
        const bareAfter = await cpuMs(() => bare.hash(BARE_HASHES, signal));
        const hashing = (hashed * (bareBefore + bareAfter)) / 2 / BARE_HASHES;
        shares.push(1 - hashing / mining);
        onProgress(done());
      } while (done() < 1 && !signal.aborted);
    } finally {
      unsubscribe(SOLVE_CHANNEL, count);
      await dag.close();
    }
    const share = median(shares);
    return {
      figures: [middle('fraction of the CPU time outside hashing', '', shares)],
      findings: [
        {
          verdict: judge(THRESHOLDS.timeOutsideHashing, share),
          statement: `the miner spends ${(100 * share).toFixed(1)} % of its CPU time outside hashing`,
          advice: 'Record a flamegraph (--flamegraph) to see where this time is spent.',
          timed: true,
        },
      ],
    };
  },
};

async function cpuMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
