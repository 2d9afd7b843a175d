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
  // 1: a check failed. That is a result, and stands in the tables.
  if (status !== 0 && status !== 1) process.exit(status);
}
const report = JSON.parse(readFileSync(flags.report ?? `${FOLDER}/report.json`, 'utf8'));
if (!report.complete || report.quick) {
  console.error('not a full report: docs/performance.md stays as it is');
  process.exit(1);
}

writeFileSync(
  'docs/performance.md',
  `# Performance

What \`qanto diagnose --flamegraph\` measured last; \`npm run performance\` writes this page again. Each table says how it was
measured, how many samples it has and how far they scatter.

${conclusion(report)}

${factsMarkdown(report)}
${report.sections.map(sectionMarkdown).join('\n')}`,
);
console.log('docs/performance.md is written');
