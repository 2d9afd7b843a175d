#!/usr/bin/env node
// Profiles the three scenarios and records flamegraphs/*.svg.   npm run flamegraphs [-- SCENARIO…]
import { mkdirSync, writeFileSync } from 'node:fs';
import { prepareProfiling } from './profiling.mjs';

/** This gives about 4,000 samples for each scenario. */
const CPU_SECONDS = 4;
const LONGEST_SECONDS = 120;

const binary = prepareProfiling();
const { recordFlamegraph } = await import('../npm/qanto-node/dist/diagnostics/flamegraph/record.js');
const { hashingShare, readFlamegraph } = await import('../npm/qanto-node/dist/diagnostics/flamegraph/svg.js');
const { SCENARIO_NAMES } = await import('../npm/qanto-node/dist/diagnostics/scenarios/index.js');

mkdirSync('flamegraphs', { recursive: true });
const chosen = process.argv.slice(2);
for (const scenario of SCENARIO_NAMES.filter((name) => chosen.length === 0 || chosen.includes(name))) {
  console.log(`${scenario}: recording`);
  const svg = await recordFlamegraph(scenario, {
    cpuSeconds: CPU_SECONDS,
    longestSeconds: LONGEST_SECONDS,
    signal: new AbortController().signal,
    binary,
  });
  const flamegraph = readFlamegraph(svg);
  writeFileSync(`flamegraphs/${scenario}.svg`, svg);
  console.log(
    `${scenario}: ${flamegraph.samples} samples, ${(100 * hashingShare(flamegraph)).toFixed(1)} % of them in the hashing kernel`,
  );
}
