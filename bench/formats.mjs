#!/usr/bin/env node
// Measures the tries per second of CPU time of `solve` of qanto/formats, compared with the library that most programs for
// Node.js use for the same format. Both take turns. Two of these libraries are not development dependencies, because one is large and the
// other one has another licence than qanto; they are measured if they are installed:
//   npm install --no-save @cap.js/wasm nanocurrency
//   node bench/formats.mjs [--rounds 9] [--only nano] [--json]
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { solveChallenge } from 'altcha-lib/v1';
import { minePow } from 'nostr-tools/nip13';
import { altcha, cap, nano, nostr } from '../dist/formats/index.js';
import { median } from '../npm/qanto-node/dist/diagnostics/statistics.js';
import { SLOW_FORMATS } from './formats-slow.mjs';
import { report } from './report.mjs';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    /** Number of tries of qanto in a round. */
    tries: { type: 'string', default: String(2 ** 24) },
    /** Only the formats whose name begins like this. */
    only: { type: 'string', default: '' },
    json: { type: 'boolean' },
  },
});
const rounds = Number(flags.rounds);
const tries = Number(flags.tries);
/** Of the other libraries, which are slower. */
const theirTries = Math.ceil(tries / 512);

/** A challenge without an answer. */
const challenge = { ...altcha.create({ hmacKey: 'key', maxNumber: 2 ** 40 }), challenge: '00'.repeat(32) };
/** `minePow` changes the event, and ends with a hit only. Each round has another event of the same length. */
const event = (round) => ({
  pubkey: 'ab'.repeat(32),
  created_at: 1_700_000_000 + round,
  kind: 1,
  tags: [],
  content: 'A note of the usual length, which is about as long as this sentence.',
});

const load = createRequire(import.meta.url);

/** The package, or undefined if it is not installed. */
function installed(name) {
  try {
    return load(name);
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

const capSolver = installed('@cap.js/wasm');
const nanocurrency = installed('nanocurrency');
/** The salts and the digits have the lengths that servers of Cap ask for. */
const capChallenge = (round, salts) => ({ token: `a token of round ${round}`, c: salts });
/** The number of tries until a hit of each salt. */
const triesOf = (nonces) => nonces.reduce((sum, nonce) => sum + Number(nonce) + 1, 0);
const rootOf = (round) => round.toString(16).padStart(64, 'a');

/** Runs a search that ends because its budget is spent. */
async function spend(search) {
  try {
    await search;
  } catch (error) {
    if (error.code !== 'ERR_QANTO_HASH_BUDGET_SPENT') throw error;
  }
}

/**
 * Each does about as many tries as it is told, and returns their number. `missing` names the package if it is not installed. A format is
 * one entry.
 */
const FORMATS = [
  {
    name: 'altcha, SHA-256',
    other: 'altcha-lib',
    goal: 1000,
    async ours() {
      await spend(altcha.solve({ ...challenge, maxnumber: tries - 1 }, { threads: 1 }));
      return tries;
    },
    async theirs() {
      await solveChallenge(challenge.challenge, challenge.salt, 'SHA-256', theirTries - 1).promise;
      return theirTries;
    },
  },
  ...SLOW_FORMATS,
  {
    name: 'nostr',
    other: 'nostr-tools',
    goal: 100,
    async ours(round) {
      await spend(nostr.solve({ event: event(round), bits: 64 }, { threads: 1, maxHashes: tries }));
      return tries;
    },
    async theirs(round) {
      let count = 0;
      for (let part = 0; count < theirTries; part++) {
        // It begins with nonce 1, and again whenever the second changes, which is rare in a search of about 20 ms.
        const { tags } = minePow(event(1000 * round + part), 12);
        count += Number(tags[0][1]);
      }
      return count;
    },
  },
  {
    name: 'cap',
    other: '@cap.js/wasm',
    goal: 25,
    missing: capSolver === undefined && '@cap.js/wasm',
    async ours(round) {
      const salts = Math.min(Math.ceil(tries / 16 ** 4), 1000);
      const { solutions } = await cap.solve(capChallenge(round, salts), { threads: 1 });
      return triesOf(solutions);
    },
    async theirs(round) {
      const salts = Math.ceil(theirTries / 2 ** 13);
      return triesOf(
        cap.pairs(capChallenge(round, salts)).map(([salt, digits]) => capSolver.solve_pow(salt, digits)),
      );
    },
  },
  {
    name: 'nano',
    other: 'nanocurrency',
    goal: 10,
    missing: nanocurrency === undefined && 'nanocurrency',
    async ours(round) {
      const challenge = { root: rootOf(round), threshold: 2n ** 64n - 1n };
      await spend(nano.solve(challenge, { threads: 1, maxHashes: tries }));
      return tries;
    },
    async theirs(round) {
      let count = 0;
      // It begins with nonce 0, and takes about 2^16 tries for this threshold.
      for (let part = 0; count < 8 * theirTries; part++) {
        const blockHash = rootOf(1000 * round + part);
        const work = await nanocurrency.computeWork(blockHash, { workThreshold: 'ffff000000000000' });
        count += triesOf([BigInt(`0x${work}`)]);
      }
      return count;
    },
  },
];

/** Tries per second of CPU time, of all threads of the process. */
async function rate(search, round) {
  const before = process.cpuUsage();
  const count = await search(round);
  const { user, system } = process.cpuUsage(before);
  return count / ((user + system) / 1e6);
}

const shownRate = (rate) =>
  rate < 1e5 ? String(Math.round(rate)) : `${(rate / 1e6).toPrecision(3)} million`;
const shown = (ratio) => (ratio < 100 ? ratio.toPrecision(3) : ratio.toFixed(0));

const rows = [];
for (const { name, other, goal, missing, ours, theirs } of FORMATS) {
  if (!name.startsWith(flags.only)) continue;
  if (missing) {
    const value = `not measured, because it is not installed: npm install --no-save ${missing}`;
    rows.push({ measure: `${name}, qanto / ${other}`, value, goal: `at least ${goal}` });
    continue;
  }
  const samples = [];
  // The first rounds warm up, and let the kernels be measured.
  for (let round = -2; round < rounds; round++) {
    const sample = [await rate(ours, round + 2), await rate(theirs, round + 2)];
    if (round >= 0) samples.push(sample);
  }
  const perSecond = (which) => shownRate(median(samples.map((sample) => sample[which])));
  const times = samples.map(([our, their]) => our / their);
  rows.push(
    { measure: `${name}, qanto`, value: `${perSecond(0)} tries per second of CPU time` },
    { measure: `${name}, ${other}`, value: perSecond(1) },
    {
      measure: `${name}, qanto / ${other}`,
      value: `${shown(median(times))} [${shown(Math.min(...times))}, ${shown(Math.max(...times))}]`,
      goal: `at least ${goal}`,
    },
  );
}
report('bench:formats', rows);
