#!/usr/bin/env node
// Runs "qanto diagnose" in full, with flamegraphs and the build time of this repository, and writes its tables to
// docs/performance.md.   npm run performance [-- --report FILE]
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runDiagnose } from '../npm/qanto-node/dist/cli/diagnose-run.js';
import { CHECKS } from '../npm/qanto-node/dist/diagnostics/checks/index.js';
import { factsMarkdown, sectionMarkdown } from '../npm/qanto-node/dist/diagnostics/report/markdown.js';
import { conclusion } from '../npm/qanto-node/dist/diagnostics/report/report.js';
import { buildTime } from './build-time.mjs';
import { prepareProfiling } from './profiling.mjs';

const FOLDER = 'target/performance';
const { values: flags } = parseArgs({ options: { report: { type: 'string' } } });

if (!flags.report) {
  const profilingBinary = prepareProfiling();
  const options = { out: FOLDER, quick: false, flamegraph: true, json: false, profilingBinary };
  const status = await runDiagnose(options, [...CHECKS, buildTime]);
  // Status 1 means that a check failed. That is a result, which the tables show.
  if (status !== 0 && status !== 1) process.exit(status);
}
const report = JSON.parse(readFileSync(flags.report ?? `${FOLDER}/report.json`, 'utf8'));
if (!report.complete || report.quick) {
  console.error('the report is not a full one, so docs/performance.md was not changed');
  process.exit(1);
}

writeFileSync(
  'docs/performance.md',
  `# Performance

This page contains the results of the last run of \`qanto diagnose --flamegraph\`. \`npm run performance\` writes it. Each table
states the method, the number of samples and their spread.

The kernels for arm64 have not been measured yet. [arm64.md](arm64.md) has the figures of models.

${conclusion(report)}

${factsMarkdown(report)}
${report.sections.map(sectionMarkdown).join('\n')}`,
);
console.log('wrote docs/performance.md');
