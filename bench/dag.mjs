/**
 * Measures the cost of the consensus engine and of the store: the recorded headers of the fixtures in memory, blocks of the
 * same shape on disk, and a synthetic DAG of ten blocks per second, whose first and last blocks are compared. Run by
 * `npm run bench:dag`.
 *
 *   node bench/dag.mjs [--blocks 200000] [--delay-ms 1000] [--rounds 9] [--virtual] [--pruned] [--json]
 *
 * Costs are CPU time of the whole process (including the garbage collector and the disk threads), so that other work on the
 * machine affects them less. Medians are over slices of 500 blocks, or over rounds.
 */
import { parseArgs } from 'node:util';
import { median, quantile } from '../npm/qanto-node/dist/diagnostics/statistics.js';
import { benchDurableStore } from './durable-store.mjs';
import { benchHeaders, recordedHeaders } from './recorded-headers.mjs';
import { report } from './report.mjs';
import { benchSyntheticDag, SECTION } from './synthetic-dag.mjs';

const { values: options } = parseArgs({
  options: {
    blocks: { type: 'string', default: '200000' },
    'delay-ms': { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '9' },
    virtual: { type: 'boolean', default: false },
    pruned: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const blocks = Number(options.blocks);
if (!Number.isInteger(blocks) || blocks < 3 * SECTION || blocks % SECTION !== 0) {
  throw new Error(
    `--blocks must be a multiple of ${SECTION}, at least ${3 * SECTION}; got ${options.blocks}`,
  );
}
const rounds = Number(options.rounds);

/** The median and the range of rates, in blocks per second. */
function rates(count, timesUs) {
  const shown = (us) => Math.round((count / us) * 1e6);
  const range = `${shown(Math.max(...timesUs))} to ${shown(Math.min(...timesUs))}`;
  return `${shown(median(timesUs))}/s of CPU, ${timesUs.length} rounds: ${range}`;
}

// This runs first, so that memory of the other benchmarks does not count as memory per block.
const synthetic = benchSyntheticDag(blocks, Number(options['delay-ms']), options);
const rows = [];
const recording = recordedHeaders();
if (recording) {
  const count = recording.headers.length - 1;
  const headers = benchHeaders(recording, rounds);
  rows.push({
    measure: `${count} recorded headers, all rules except proof of work`,
    value: rates(
      count,
      headers.map(({ cpuUs }) => cpuUs),
    ),
    goal: '20000/s',
  });
  const { times, proofOfWork } = await benchDurableStore(recording, Math.min(rounds, 5));
  const cpuUs = times.map((time) => time.cpuUs);
  rows.push(
    {
      measure: `${count} such blocks, decoded, validated and written, except proof of work`,
      value: rates(
        count,
        cpuUs.map((us) => us - proofOfWork.cpuUs),
      ),
      goal: '5000/s',
    },
    { measure: '  with proof of work', value: rates(count, cpuUs) },
    {
      measure: '  in wall time, including waits for the disk',
      value: `${Math.round(
        (count /
          quantile(
            times.map(({ wallUs }) => wallUs),
            0.5,
          )) *
          1e6,
      )}/s`,
    },
  );
}
report('bench:dag', [...rows, ...synthetic]);
