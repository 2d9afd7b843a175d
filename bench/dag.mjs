/**
 * Measures the cost of the consensus engine and of the store: the recorded headers of the fixtures in memory, blocks of the
 * same shape on disk, and a synthetic DAG of ten blocks per second, whose first and last blocks are compared. Run by
 * `npm run bench:dag`.
 *
 *   node bench/dag.mjs [--blocks 200000] [--delay-ms 1000] [--rounds 3] [--against CHECKOUT] [--virtual] [--pruned] [--json]
 *
 * Costs are CPU time of the whole process (including the garbage collector and the disk threads), so that other work on the
 * machine affects them less. Medians are over slices of 500 blocks, or over rounds, each of which is a new process. With
 * `--against`, the build of another checkout takes turns with this one, and the ratios are those of the rounds.
 */
import { execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from '../npm/qanto-node/dist/diagnostics/statistics.js';
import { recordedHeaders } from './recorded-headers.mjs';
import { report } from './report.mjs';
import { benchSyntheticDag, SECTION } from './synthetic-dag.mjs';

const { values: options } = parseArgs({
  options: {
    blocks: { type: 'string', default: '200000' },
    'delay-ms': { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
    against: { type: 'string' },
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

/** The measures of a round, which `dag-child.mjs` returns as times in µs, and the ratios that they should have. */
const MEASURES = [
  ['headersUs', 'recorded headers, all rules except proof of work', 1.5],
  ['groupsUs', 'such blocks in groups: decoded, validated and stored', 2],
  ['groupsWithoutProofOfWorkUs', '  without the proof of work', 2],
];

const here = fileURLToPath(new URL('..', import.meta.url));
const measured = (checkout) =>
  JSON.parse(
    execFileSync(process.execPath, [`${here}bench/dag-child.mjs`, checkout], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );

const spread = (values, digits) => {
  const [middle, least, greatest] = [median(values), Math.min(...values), Math.max(...values)];
  return `${middle.toFixed(digits)} [${least.toFixed(digits)}, ${greatest.toFixed(digits)}]`;
};

function recordedRows() {
  const rounds = Array.from({ length: Number(options.rounds) }, () => ({
    base: options.against && measured(options.against),
    head: measured(here),
  }));
  const rows = MEASURES.flatMap(([name, measure, goal]) => {
    const of = (checkout) => rounds.map((round) => median(round[checkout][name]));
    const row = { measure: `${measure}: CPU time`, value: `${spread(of('head'), 1)} µs per block` };
    if (!options.against) return [row];
    const ratios = of('base').map((us, round) => us / of('head')[round]);
    return [
      row,
      { measure: `  in ${options.against}`, value: `${spread(of('base'), 1)} µs per block` },
      { measure: '  ratio of the rates', value: spread(ratios, 2), goal: `at least ${goal}` },
    ];
  });
  const medians = (name) => rounds.map(({ head }) => median(head[name]));
  const singles = medians('singlesUs');
  const dividedBy = (name) => {
    const others = medians(name);
    return spread(
      singles.map((us, round) => us / others[round]),
      2,
    );
  };
  return [
    ...rows,
    { measure: 'one block at a time: wall time', value: `${spread(singles, 0)} µs per block` },
    {
      measure: '  divided by that of a transaction of the store alone',
      value: dividedBy('transactionsUs'),
      goal: 'at most 1.2',
    },
    { measure: '  divided by that of flushing as many bytes to a file', value: dividedBy('flushesUs') },
  ];
}

const synthetic = benchSyntheticDag(blocks, Number(options['delay-ms']), options);
report('bench:dag', [
  ...(recordedHeaders() ? recordedRows() : []),
  ...synthetic,
  { measure: 'load of the machine in the last minute', value: loadavg()[0].toFixed(1) },
]);
