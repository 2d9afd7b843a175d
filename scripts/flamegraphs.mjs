#!/usr/bin/env node
// Records flamegraphs/*.svg: installs inferno and builds the addon for profiling where they are missing or old, then
// profiles the three scenarios.   npm run flamegraphs [-- SCENARIO…]
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { requireRust, run } from './rust.mjs';

const INFERNO = '0.12.8';
/** About 4,000 samples each. */
const CPU_SECONDS = 4;
const LONGEST_SECONDS = 120;
const LIBRARIES = { linux: 'libqanto_napi.so', darwin: 'libqanto_napi.dylib', win32: 'qanto_napi.dll' };

requireRust();
if (!existsSync('target/tools/bin/inferno-flamegraph')) {
  run('cargo', ['install', 'inferno', '--locked', '--version', INFERNO, '--root', 'target/tools']);
}
run('cargo', ['build', '--package', 'qanto-napi', '--profile', 'profiling', '--locked'], {
  // Symbols that name what a function is generic over; and frame pointers, or perf could not see who called.
  env: { ...process.env, RUSTFLAGS: '-Cforce-frame-pointers=yes -Csymbol-mangling-version=v0' },
});
copyFileSync(path.join('target/profiling', LIBRARIES[process.platform]), 'target/profiling/qanto.node');

const { recordFlamegraph } = await import('../dist/diagnostics/flamegraph/record.js');
const { hashingShare, readFlamegraph } = await import('../dist/diagnostics/flamegraph/svg.js');
const { SCENARIO_NAMES } = await import('../dist/diagnostics/scenarios/index.js');

mkdirSync('flamegraphs', { recursive: true });
const chosen = process.argv.slice(2);
for (const scenario of SCENARIO_NAMES.filter((name) => chosen.length === 0 || chosen.includes(name))) {
  console.log(`${scenario}: recording`);
  const svg = await recordFlamegraph(scenario, {
    cpuSeconds: CPU_SECONDS,
    longestSeconds: LONGEST_SECONDS,
    signal: new AbortController().signal,
  });
  const flamegraph = readFlamegraph(svg);
  writeFileSync(`flamegraphs/${scenario}.svg`, svg);
  console.log(
    `${scenario}: ${flamegraph.samples} samples, ${(100 * hashingShare(flamegraph)).toFixed(1)} % of them in the hashing kernel`,
  );
}
