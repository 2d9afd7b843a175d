#!/usr/bin/env node
// Measures the cost of tracing: hashes per second of CPU time with the filter at off, info, debug and trace, compared with a
// build without spans. The runs are short, in alternating order, in one process and on one thread. Ratios are between runs
// of the same round.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { packTemplate } from '../dist/pow/packed.js';
import { checkTemplate } from '../dist/pow/template.js';
import { setTraceFilter } from '../dist/telemetry/index.js';
import { withSpan } from '../dist/tracing/index.js';
import { median, quantile } from '../npm/qanto-node/dist/diagnostics/statistics.js';
import { requireRust, run } from '../scripts/rust.mjs';
import { report } from './report.mjs';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    'run-ms': { type: 'string', default: '60' },
    json: { type: 'boolean' },
    /** Use the existing build without spans. */
    'no-build': { type: 'boolean' },
  },
});

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));
const untracedDir = path('target/untraced/addon');
const require = createRequire(import.meta.url);

/** The same addon with every span compiled out. It has its own target folder, because its dependencies differ. */
function untracedAddon() {
  const [name] = ['qanto.linux-x64-gnu.node', 'qanto.linux-arm64-gnu.node', 'qanto.darwin-arm64.node'].filter(
    (file) => existsSync(path(`crates/qanto-napi/${file}`)),
  );
  if (!flags['no-build']) {
    requireRust();
    run(
      process.execPath,
      [
        path('node_modules/@napi-rs/cli/dist/cli.js'),
        ...['build', '--platform', '--release', '--no-js'],
        ...['--manifest-path', path('crates/qanto-napi/Cargo.toml')],
        ...['--target-dir', path('target/untraced'), '--output-dir', untracedDir],
        ...['--features', 'tracing/max_level_off', '--', '--locked'],
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
  }
  return { untraced: require(`${untracedDir}/${name}`), traced: require(path(`crates/qanto-napi/${name}`)) };
}

/** A function that searches a number of nonces and resolves to hashes per second of the process's CPU time. */
function searcher(addon, setFilter) {
  let settled = () => {};
  const receiver = new addon.TraceReceiver(() => receiver.drain(), 4096);
  const solver = new addon.Solver(() => {
    if (solver.drain().length > 0) settled();
  });
  const preimage = new Uint8Array(80).fill(7);
  const nonce = { offset: 72, encoding: 'u64le' };
  const template = checkTemplate({ algorithm: 'sha256d', preimage, nonce, target: 1n });
  return async (hashes) => {
    setFilter(receiver);
    const before = process.cpuUsage();
    const done = new Promise((resolve) => {
      settled = resolve;
    });
    const input = { maxHashes: BigInt(hashes), threads: 1 };
    const packed = packTemplate(template, 0n, 0);
    solver.submit(packed, preimage, template.rule.hi, undefined, input, receiver);
    await done;
    const { user, system } = process.cpuUsage(before);
    return hashes / ((user + system) / 1e6);
  };
}

/** The median and its 95 % interval, by resampling. */
function interval(values) {
  const medians = Array.from({ length: 1000 }, () =>
    median(values.map(() => values[Math.floor(Math.random() * values.length)])),
  );
  const percent = (value) => `${((value - 1) * 100).toFixed(2)} %`;
  return `${percent(median(values))} [${percent(quantile(medians, 0.025))}, ${percent(quantile(medians, 0.975))}]`;
}

async function hashRates() {
  const { traced, untraced } = untracedAddon();
  const at = (filter) => searcher(traced, (receiver) => receiver.setFilter(filter, false));
  const variants = {
    untraced: searcher(untraced, () => {}),
    off: at('off'),
    info: at('info'),
    debug: at('debug'),
    trace: at('trace'),
  };
  const names = Object.keys(variants);
  let hashes = 1_000_000;
  const rate = await variants.untraced(hashes);
  hashes = Math.round((rate * Number(flags['run-ms'])) / 1e3);
  for (const name of names) await variants[name](hashes);
  const ratios = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < Number(flags.rounds); round++) {
    // Each round runs forwards and backwards, and starts with another variant, so that drift affects all of them equally.
    const turn = names.map((_, index) => names[(index + round) % names.length]);
    const rates = Object.fromEntries(names.map((name) => [name, 0]));
    for (const name of [...turn, ...turn.toReversed()]) rates[name] += await variants[name](hashes);
    for (const name of names) ratios[name].push(rates[name] / rates.untraced);
  }
  const rows = ['off', 'info', 'debug', 'trace'].map((name) => ({
    measure: `hash rate at ${name} / without spans`,
    value: interval(ratios[name]),
    ...(['off', 'info'].includes(name) && { goal: '0.5 % at most' }),
  }));
  const between = ratios.info.map((ratio, index) => ratio / ratios.off[index]);
  return [...rows, { measure: 'hash rate at info / at off, same binary', value: interval(between) }];
}

/** The duration of one call without an SDK, in ns. */
function spanWithoutSdk() {
  const times = Array.from({ length: 50 }, () => {
    const calls = 10_000;
    const before = process.cpuUsage();
    for (let call = 0; call < calls; call++) withSpan('nothing', { block_id: 'none' }, () => {});
    const { user, system } = process.cpuUsage(before);
    return ((user + system) * 1e3) / calls;
  });
  return [{ measure: 'a span in TypeScript without an SDK', value: `${median(times).toFixed(0)} ns` }];
}

const rows = [...(await hashRates()), ...spanWithoutSdk()];
setTraceFilter(undefined);
report(`bench:telemetry (${flags.rounds} rounds of two ${flags['run-ms']} ms runs each)`, rows);
