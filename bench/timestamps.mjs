/**
 * Simulates, on the consensus engine, how the difficulty of devnet behaves with difficulty windows of different lengths. Run by
 * `npm run bench:timestamps`, which takes about a quarter of an hour.
 *
 *   node bench/timestamps.mjs [--sets 150/10000,120/10000] [--seeds 20] [--blocks 4000] [--shares 10,30,45]
 *     [--shapes chain,width-3,width-6] [--start-up [--min-window 10]] [--json]
 *
 * A set is a difficulty window in blocks and a maxTimeAheadMs. For each set, the report has the block rate while a share of
 * the hash rate (in percent) uses the earliest or the latest timestamps that the rules allow, relative to the block rate with
 * the same seeds and honest miners. With `--start-up`, the report shows instead how the difficulty follows one machine from
 * genesis, after its hash rate has fallen, and after a pause, with the given minDifficultyWindow.
 */
import { parseArgs } from 'node:util';
import { devnet } from '../dist/dag/index.js';
import { median } from '../npm/qanto-node/dist/diagnostics/statistics.js';
import { fall, pause, start } from './lone-miner.mjs';
import { report } from './report.mjs';
import { attacked, collapse, SHAPES, STRATEGIES } from './timestamp-attacks.mjs';

/** A bound on timestamps that is longer than the window, for comparison. */
const UNSAFE = { window: 60, aheadMs: 132_000 };
const DEVNET = { window: devnet.difficultyWindow, aheadMs: devnet.maxTimeAheadMs };
/** The block rate may change by this factor at most. */
const GOAL = 1.25;
const HASHES_PER_SECOND = [1e6, 8e6, 60e6];

const { values: options } = parseArgs({
  options: {
    sets: {
      type: 'string',
      default: [UNSAFE, { window: 60, aheadMs: 10_000 }, { window: 120, aheadMs: 10_000 }, DEVNET]
        .map(({ window, aheadMs }) => `${window}/${aheadMs}`)
        .concat('150/19500', '180/20000', '300/30000')
        .join(),
    },
    seeds: { type: 'string', default: '20' },
    blocks: { type: 'string', default: '4000' },
    shares: { type: 'string', default: '10,30,45' },
    shapes: { type: 'string', default: 'chain,width-3' },
    'start-up': { type: 'boolean', default: false },
    'min-window': { type: 'string', default: String(devnet.minDifficultyWindow) },
    json: { type: 'boolean', default: false },
  },
});

const sets = options.sets.split(',').map((set) => {
  const [window, aheadMs] = set.split('/').map(Number);
  if (!Number.isInteger(window) || !Number.isInteger(aheadMs)) {
    throw new Error(`--sets must be a list of WINDOW/AHEAD_MS; got ${options.sets}`);
  }
  return { window, aheadMs };
});
const shapes = options.shapes.split(',');
if (!shapes.every((shape) => Object.hasOwn(SHAPES, shape))) {
  throw new Error(`--shapes must be from ${Object.keys(SHAPES).join()}; got ${options.shapes}`);
}
const shares = options.shares.split(',').map((percent) => Number(percent) / 100);
const seeds = Array.from({ length: Number(options.seeds) }, (_, i) => i + 1);
const blocks = Number(options.blocks);
const minDifficultyWindow = Number(options['min-window']);

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const range = (values, show) => `${show(Math.min(...values))} to ${show(Math.max(...values))}`;
const ratio = (value) => value.toFixed(3);
const percent = (value) => `${Math.round(value * 100)} %`;
const seconds = (ms) => (ms / 1000).toFixed(0);
/** The factor by which a ratio differs from 1, in either direction. */
const factor = (value) => Math.max(value, 1 / value);

/** The rows of a set: the block rate of honest miners in every shape, the block rate under each attack, and the worst factor. */
function attackRows(set) {
  const name = `window ${set.window}, ${set.aheadMs / 1000} s ahead`;
  const rows = shapes.flatMap((shape) => {
    const honest = seeds.map((seed) => attacked(set, { seed, blocks, shape }));
    const rates = honest.map(({ relativeToTarget }) => relativeToTarget);
    const parents = mean(honest.map((run) => run.parents));
    const value = `${ratio(mean(rates))} of the target (${range(rates, ratio)}), ${parents.toFixed(2)} parents a block`;
    const attacks = Object.keys(STRATEGIES).flatMap((strategy) =>
      shares.map((share) => {
        const runs = seeds.map((seed) => attacked(set, { seed, blocks, shape, share, strategy }));
        const ratios = runs.map(({ relativeToTarget }, i) => relativeToTarget / rates[i]);
        const collapsed = runs.filter((run) => run.collapsed).length;
        return {
          measure: `${name}: ${shape}, ${percent(share)} ${strategy}`,
          value: `${ratio(mean(ratios))} (${range(ratios, ratio)})${collapsed ? `, ${collapsed} of ${runs.length} collapsed` : ''}`,
          set,
          shape,
          strategy,
          share,
          ratio: mean(ratios),
          toTarget: mean(runs.map(({ relativeToTarget }) => relativeToTarget)),
          collapsed,
        };
      }),
    );
    return [{ measure: `${name}: ${shape}, honest`, value, set, shape, parents }, ...attacks];
  });
  const factors = rows.filter((row) => row.strategy).map((row) => factor(row.ratio));
  return [
    ...rows,
    {
      measure: `${name}: worst factor, mean factor`,
      value: `${ratio(Math.max(...factors))}, ${ratio(mean(factors))}`,
      goal: `less than ${GOAL}`,
      set,
      worst: Math.max(...factors),
    },
  ];
}

/** How the difficulty collapses when a tenth of a fast machine's blocks are stamped as far ahead as an unsafe bound allows. */
function collapseRow() {
  const { hashesAtFirst, leastHashes, afterMs, afterBlocks } = collapse(UNSAFE, { seed: 1, share: 0.1 });
  return {
    measure: `window ${UNSAFE.window}, ${UNSAFE.aheadMs / 1000} s ahead: chain, 10 % ahead, hashes per block`,
    value: `from ${hashesAtFirst} to ${leastHashes} in ${seconds(afterMs)} s and ${afterBlocks} blocks`,
    hashesAtFirst,
    leastHashes,
    afterMs,
  };
}

const spread = (runs, of, show = String) => {
  const values = runs.map(of);
  return `${show(median(values))} (${range(values, show)})`;
};
const settled = (runs) =>
  `within a factor of two after ${spread(runs, (run) => run.settledAfterMs, seconds)} s`;

/** The rows of a set at one hash rate: medians, and ranges over all runs in brackets. */
function startUpRows({ window, aheadMs }, hashesPerSecond) {
  const params = { ...devnet, difficultyWindow: window, minDifficultyWindow, maxTimeAheadMs: aheadMs };
  const name = `window ${window}, ${hashesPerSecond / 1e6} MH/s`;
  const runsOf = (simulate) => seeds.map((seed) => simulate({ hashesPerSecond, seed }));
  const row = (kind, runs, value) => ({
    measure: `${name}: ${kind}`,
    value,
    kind,
    window,
    hashesPerSecond,
    runs,
  });

  const starts = runsOf((machine) => start(params, machine));
  const least = Math.min(...starts.map((run) => run.leastExpectedMs));
  const most = Math.max(...starts.map((run) => run.mostExpectedMs));
  const steady = [
    `then ${(least / 1000).toFixed(2)} to ${(most / 1000).toFixed(2)} s a block`,
    `deviation ${(mean(starts.map(({ deviation }) => deviation)) * 100).toFixed(1)} %`,
    `${spread(
      starts,
      (run) => run.blocksPerSecond,
      (rate) => rate.toFixed(2),
    )} blocks/s`,
  ];
  const firstMinute = `${spread(starts, (run) => run.inFirstMinute)} blocks in the first minute`;
  const rows = [row('start', starts, [settled(starts), firstMinute, ...steady].join(', '))];
  for (const divisor of [8, 100]) {
    const falls = runsOf((machine) => fall(params, machine, 1 / divisor));
    rows.push(row(`fall to 1/${divisor}`, falls, settled(falls)));
  }
  const pauses = runsOf((machine) => pause(params, machine));
  const inTenSeconds = `${spread(pauses, (run) => run.inTenSeconds)} blocks in ten seconds`;
  const inFirstMinute = `${spread(pauses, (run) => run.inFirstMinute)} in the first minute`;
  rows.push(row('pause of a day', pauses, [settled(pauses), inTenSeconds, inFirstMinute].join(', ')));
  return rows;
}

/** With `--start-up` all timestamps are honest, so sets with the same window would have the same results. */
const windows = [...new Map(sets.map((set) => [set.window, set])).values()];
const rows = options['start-up']
  ? windows.flatMap((set) => HASHES_PER_SECOND.flatMap((rate) => startUpRows(set, rate)))
  : [collapseRow(), ...sets.flatMap(attackRows)];
report('bench:timestamps', rows);
