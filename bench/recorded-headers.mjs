/** Puts the recorded headers of the fixtures through the consensus engine. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { timed } from './timed.mjs';

/** Parameters and headers of the recording, or undefined if the fixtures do not exist. */
export function recordedHeaders() {
  const folder = resolve(process.env.QANTO_FIXTURES ?? '../shared/fixtures');
  const file = resolve(folder, 'kaspa-headers/goref-notx-5000.json.gz');
  if (existsSync(file)) return readRecordedHeaders(file);
  console.error(`skipped the recorded headers: ${file} does not exist (set QANTO_FIXTURES)`);
  return undefined;
}

/** Does everything that a node does with a header except proof of work: computes the due values, compares, and adds it. */
function validateAndAdd(engine, node, expected) {
  const preview = engine.preview(node.parents);
  const wrong =
    preview.expectedBits !== node.bits ||
    preview.pastMedianTimeMs >= node.timestampMs ||
    preview.blueScore !== expected.blueScore ||
    preview.blueWork !== expected.blueWork ||
    preview.daaScore !== expected.daaScore;
  if (wrong) throw new Error(`the values of block ${node.hash} do not match its past`);
  engine.add(node, preview);
}

function readRecordedHeaders(file) {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').split('\n').filter(Boolean).map(JSON.parse);
  const [network, ...blocks] = lines;
  const { blockrate } = network;
  const params = {
    ghostdagK: blockrate.ghostdag_k,
    maxParents: blockrate.max_block_parents,
    mergeSetLimit: blockrate.mergeset_size_limit,
    targetTimePerBlockMs: blockrate.target_time_per_block,
    difficultyWindow: network.difficulty_window_size,
    difficultySampleRate: blockrate.difficulty_sample_rate,
    minDifficultyWindow: network.min_difficulty_window_size,
    pastMedianTimeWindow: network.past_median_time_window_size,
    pastMedianTimeSampleRate: blockrate.past_median_time_sample_rate,
  };
  const headers = blocks.map(({ header }) => ({
    node: {
      hash: header.hash,
      parents: header.parentsByLevel[0] ?? [],
      bits: header.bits,
      timestampMs: header.timestamp,
    },
    expected: {
      blueScore: header.blueScore,
      blueWork: BigInt(`0x${header.blueWork}`),
      daaScore: header.daaScore,
    },
  }));
  return { params, headers };
}

/** The time of each round, which validates all headers in a new engine. */
export function benchHeaders({ DagEngine }, { params, headers }, rounds) {
  const [genesis, ...rest] = headers;
  return Array.from({ length: rounds }, () =>
    timed(() => {
      const engine = new DagEngine(params, genesis.node);
      for (const { node, expected } of rest) validateAndAdd(engine, node, expected);
    }),
  );
}
