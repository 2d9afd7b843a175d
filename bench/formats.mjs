#!/usr/bin/env node
// Measures the tries per second of CPU time of `solve` of qanto/formats, compared with the library that most programs for
// Node.js use for the same format. Both take turns.
//   node bench/formats.mjs [--rounds 9] [--json]
import { parseArgs } from 'node:util';
import { solveChallenge } from 'altcha-lib/v1';
import { minePow } from 'nostr-tools/nip13';
import { altcha, nostr } from '../dist/formats/index.js';
import { median } from '../npm/qanto-node/dist/diagnostics/statistics.js';
import { SLOW_FORMATS } from './formats-slow.mjs';
import { report } from './report.mjs';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    /** Number of tries of qanto in a round. */
    tries: { type: 'string', default: String(2 ** 24) },
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

/** Runs a search that ends because its budget is spent. */
async function spend(search) {
  try {
    await search;
  } catch (error) {
    if (error.code !== 'ERR_QANTO_HASH_BUDGET_SPENT') throw error;
  }
}

/** Each does about as many tries as it is told, and returns their number. */
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
];

/** Tries per second of CPU time, of all threads of the process. */
async function rate(search, round) {
  const before = process.cpuUsage();
  const count = await search(round);
  const { user, system } = process.cpuUsage(before);
  return count / ((user + system) / 1e6);
}

const rows = [];
for (const { name, other, goal, ours, theirs } of FORMATS) {
  const samples = [];
  // The first rounds warm up, and let the kernels be measured.
  for (let round = -2; round < rounds; round++) {
    const sample = [await rate(ours, round + 2), await rate(theirs, round + 2)];
    if (round >= 0) samples.push(sample);
  }
  const millions = (which) => (median(samples.map((sample) => sample[which])) / 1e6).toPrecision(3);
  const times = samples.map(([our, their]) => our / their);
  rows.push(
    { measure: `${name}, qanto`, value: `${millions(0)} million tries per second of CPU time` },
    { measure: `${name}, ${other}`, value: `${millions(1)} million` },
    {
      measure: `${name}, qanto / ${other}`,
      value: `${median(times).toFixed(0)} [${Math.min(...times).toFixed(0)}, ${Math.max(...times).toFixed(0)}]`,
      goal: `at least ${goal}`,
    },
  );
}
report('bench:formats', rows);
