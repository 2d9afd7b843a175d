#!/usr/bin/env node
// Measures the gate: the CPU time of a challenge, of a check and of a forged token, the delay of the event loop meanwhile, and
// whether it pays to hash an answer on qanto's threads instead of on the event loop. The rounds of all of them alternate.
//   node bench/gate.mjs [--rounds 9] [--proofs 4096] [--forged 100000] [--json]
import { hash, randomBytes } from 'node:crypto';
import { loadavg } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { altcha } from '../dist/formats/index.js';
import { FORM_NAMES, gate, MemoryClaims } from '../dist/gate/index.js';
import { solvePow, verifyPowBatch } from '../dist/index.js';
import { median } from '../npm/qanto-node/dist/diagnostics/statistics.js';
import { report } from './report.mjs';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    /** Number of proofs that are checked in a round. */
    proofs: { type: 'string', default: '4096' },
    /** Number of forged tokens in all. */
    forged: { type: 'string', default: '100000' },
    json: { type: 'boolean' },
  },
});
const [rounds, proofs, forged] = [flags.rounds, flags.proofs, flags.forged].map(Number);
/** Requests that arrive in one turn of the event loop. */
const AT_ONCE = 32;
const TRIES = 4;

const claims = new MemoryClaims();
const secret = randomBytes(32);
const guard = gate({ secret, expectedTries: TRIES, claims, forms: FORM_NAMES });
/** A gate with the forms that it has by default. */
const asking = gate({ secret, expectedTries: TRIES, claims });
const address = { method: 'POST', target: '/orders', remoteAddress: '192.0.2.1' };
const requestWith = (proof) => ({
  ...address,
  header: (name) => (name === 'authorization' ? proof : undefined),
});
const without = requestWith(undefined);

/** As the gate hashes them: a token, a dot and a nonce. */
const templateOf = (token, tries) => {
  const preimage = Buffer.from(`${token}.`);
  const target = { lo: 0n, hi: 2n ** 64n / BigInt(tries) - 1n, width: 8, endian: 'big' };
  return { algorithm: 'sha256', preimage, nonce: { offset: preimage.length, encoding: 'decimal' }, target };
};

const SOLVED = {
  async native() {
    const { native } = guard.issue({ method: 'POST', path: '/orders', form: 'native' });
    const { nonce } = await solvePow(templateOf(native.challenge, TRIES));
    return `Qanto ${native.challenge}.${nonce}`;
  },
  async 'altcha-v1'() {
    const challenges = guard.issue({ method: 'POST', path: '/orders', form: 'altcha-v1' });
    return `Altcha ${(await altcha.solve(challenges['altcha-v1'])).payload}`;
  },
  async 'altcha-v2'() {
    const challenges = guard.issue({ method: 'POST', path: '/orders', form: 'altcha-v2' });
    return `Altcha ${(await altcha.v2.solve(challenges['altcha-v2'])).payload}`;
  },
};

const delay = monitorEventLoopDelay({ resolution: 1 });
const p99 = () => Math.max(delay.percentile(99) / 1e6 - 1, 0);

/**
 * The CPU time in us for each of `count` calls, which arrive some at a time. The delay of the loop in ms is the 99th percentile of
 * the CPU time of a turn: on a machine with other load, the time of a clock would be that of the others. That is measured too.
 */
async function timed(count, call, atOnce = AT_ONCE) {
  // What was made before must not be collected now.
  globalThis.gc?.();
  delay.reset();
  delay.enable();
  const before = process.cpuUsage();
  const turns = [];
  for (let at = 0; at < count; at += atOnce) {
    const start = process.cpuUsage();
    await Promise.all(Array.from({ length: Math.min(atOnce, count - at) }, (_, i) => call(at + i)));
    const turn = process.cpuUsage(start);
    turns.push((turn.user + turn.system) / 1e3);
    await nextTurn();
  }
  turns.sort((a, b) => a - b);
  const { user, system } = process.cpuUsage(before);
  delay.disable();
  return { us: (user + system) / count, turnMs: turns[Math.floor(0.99 * turns.length)], delayMs: p99() };
}

const messages = Array.from({ length: proofs }, () => randomBytes(158).toString('base64url').slice(0, 158));
const answers = messages.map((message, nonce) => ({ template: templateOf(message, 2 ** 17), nonce }));
const batches = (size) => () =>
  timed(proofs / size, (i) => verifyPowBatch(answers.slice(i * size, (i + 1) * size)), 1);
const expect = async (decision, passed) => {
  if ((await decision).passed !== passed) throw new Error(`the gate decided ${!passed}`);
};

const subjects = {
  'a challenge in the two default forms': () => timed(proofs, () => expect(asking.check(without), false)),
  'a challenge in all forms': () => timed(proofs, () => expect(guard.check(without), false)),
  ...Object.fromEntries(
    Object.keys(SOLVED).map((form) => [
      `a check, ${form}`,
      async () => {
        const ready = await Promise.all(Array.from({ length: proofs }, SOLVED[form]));
        return timed(proofs, (i) => expect(guard.check(requestWith(ready[i])), true));
      },
    ]),
  ),
  'the hash alone, on the event loop': () =>
    timed(proofs, async (i) => hash('sha256', `${messages[i]}.${i}`, 'buffer').readBigUInt64BE()),
  ...Object.fromEntries(
    [1, 32, 256].map((size) => [
      `the hash alone, verifyPowBatch of ${size}`,
      async () => {
        const { us, ...delays } = await batches(size)();
        return { us: us / size, ...delays };
      },
    ]),
  ),
  'nothing but 20 us of JavaScript': () =>
    timed(proofs, async () => {
      const end = performance.now() + 0.02;
      while (performance.now() < end);
    }),
};

const samples = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
for (let round = -1; round < rounds; round++) {
  for (const [name, run] of Object.entries(subjects)) {
    const sample = await run();
    // The first round warms up.
    if (round >= 0) samples[name].push(sample);
  }
}

const spread = (values) => `[${Math.min(...values).toFixed(2)}, ${Math.max(...values).toFixed(2)}]`;
const rows = Object.entries(samples).map(([name, of]) => {
  const us = of.map((sample) => sample.us);
  return {
    measure: name,
    value: `${median(us).toFixed(2)} us of CPU time ${spread(us)}, p99 of a turn ${median(of.map(({ turnMs }) => turnMs)).toFixed(2)} ms of CPU time, of the loop's delay ${median(of.map(({ delayMs }) => delayMs)).toFixed(2)} ms`,
  };
});
for (const form of Object.keys(SOLVED)) {
  const rates = samples[`a check, ${form}`].map(({ us }) => 1e6 / us);
  rows.push({
    measure: `checks per second of CPU time, ${form}`,
    value: `${Math.round(median(rates))} [${Math.round(Math.min(...rates))}, ${Math.round(Math.max(...rates))}]`,
    goal: 'at least 50,000, with a p99 of at most 5 ms for a turn',
  });
}

// Tokens with the version, the form and the key of a real one, so that each signature has to be computed.
const { native } = guard.issue({ method: 'POST', path: '/orders', form: 'native' });
const real = Buffer.from(native.challenge, 'base64url');
const size = claims.size;
const flood = await timed(forged, async (i) => {
  const token = Buffer.concat([real.subarray(0, 10), randomBytes(real.length - 10)]).toString('base64url');
  await expect(guard.check(requestWith(`Qanto ${token}.${i}`)), false);
});
rows.push({
  measure: `${forged} forged tokens`,
  value: `${flood.us.toFixed(2)} us of CPU time each, with making them; p99 of a turn ${flood.turnMs.toFixed(2)} ms of CPU time; claims ${size} before, ${claims.size} after`,
  goal: 'the store is unchanged',
});
if (claims.size !== size) throw new Error('forged tokens have changed the store');
rows.push({ measure: 'load of the machine in the last minute', value: loadavg()[0].toFixed(1) });
report('bench:gate', rows);
