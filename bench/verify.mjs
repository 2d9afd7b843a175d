#!/usr/bin/env node
// Measures verifying: one answer of a new template, one of a prepared template, and many at once, compared with Node's own
// hash function; and the CPU time of a search that ends with its first hashes. The rounds of all of them alternate.
//
// A sample of verifying one by one takes milliseconds, of which only the first calls find the caches cold. Therefore a sample of
// verifying many at once has several batches, one after the other, so that both take a similar time. `--batches 1` measures
// single batches instead, after other work.
import { createHash, hash } from 'node:crypto';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { prepare, solvePow, verifyPow, verifyPowBatch } from '../dist/pow/index.js';
import { median } from '../npm/qanto-node/dist/diagnostics/statistics.js';
import { report } from './report.mjs';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '41' },
    /** Number of calls in a round. */
    calls: { type: 'string', default: '8192' },
    /** Number of batches in a sample of verifying many at once, each of as many answers as there are calls in a round. */
    batches: { type: 'string', default: '8' },
    json: { type: 'boolean' },
  },
});
const rounds = Number(flags.rounds);
const calls = Number(flags.calls);
const batches = Number(flags.batches);

/** Templates whose preimages differ. About half of the answers are hits. */
function templates(algorithm, length, count) {
  return Array.from({ length: count }, (_, index) => {
    const preimage = new Uint8Array(length).fill(7);
    new DataView(preimage.buffer).setUint32(0, index, true);
    const nonce = { offset: length - 4, encoding: 'u32le' };
    return { algorithm, preimage, nonce, target: 2n ** 255n };
  });
}

const headers = templates('sha256d', 80, calls);
const short = templates('sha256', 28, calls);
const answersTo = (list) => list.map((template, nonce) => ({ template, nonce }));
const toHeaders = answersTo(headers);
const toShort = answersTo(short);
const toOneHeader = answersTo(headers.map(() => headers[0]));
const packed = (list) => Buffer.concat(list.map(({ preimage }) => preimage));
const packedHeaders = { algorithm: 'sha256d', messages: packed(headers), messageLength: 80 };
// The bits of a target that about half of the digests meet.
const withBits = Buffer.from(packedHeaders.messages);
for (let at = 72; at < withBits.length; at += 80) withBits.writeUInt32LE(0x207fffff, at);
const toPackedHeaders = { ...packedHeaders, target: 2n ** 255n };
const toCompactHeaders = { ...packedHeaders, messages: withBits, compactOffset: 72 };
const toPackedShort = {
  ...{ algorithm: 'sha256', messages: packed(short), messageLength: 28, target: 2n ** 255n },
};
const toNonces = { template: headers[0], nonces: Uint32Array.from(headers, (_, nonce) => nonce) };
const prepared = prepare(headers[0]);
const easy = { ...headers[0], target: 2n ** 256n - 1n };

// Node.js 20.12 has `hash`, which is faster than an object of the class Hash.
const sha256 = hash
  ? (bytes) => hash('sha256', bytes, 'buffer')
  : (bytes) => createHash('sha256').update(bytes).digest();

const each = (list, call) => () => {
  for (let index = 0; index < list.length; index++) call(list[index], index);
};

const inBatches = (answers) => async () => {
  for (let batch = 0; batch < batches; batch++) await verifyPowBatch(answers);
};

/** Each measures the CPU time of `calls` answers, or of that many in every batch, on all threads together. */
const subjects = {
  'verifyPow, header': each(headers, (template, nonce) => verifyPow({ ...template }, nonce)),
  'verifyPow, SHA-256 of 28 bytes': each(short, (template, nonce) => verifyPow({ ...template }, nonce)),
  'prepared.verify, header': each(headers, (_, nonce) => prepared.verify(nonce)),
  "Node's hash of a header, twice": each(headers, ({ preimage }) => sha256(sha256(preimage))),
  'verifyPowBatch, headers': inBatches(toHeaders),
  'verifyPowBatch, one header': inBatches(toOneHeader),
  'verifyPowBatch, SHA-256 of 28 bytes': inBatches(toShort),
  'verifyPowBatch, packed headers': inBatches(toPackedHeaders),
  'verifyPowBatch, packed headers with compact bits': inBatches(toCompactHeaders),
  'verifyPowBatch, nonces of one header': inBatches(toNonces),
  'verifyPowBatch, packed messages of 28 bytes': inBatches(toPackedShort),
  'solvePow, first nonce hits': async () => {
    for (let call = 0; call < calls; call++) await solvePow(easy);
  },
};

const samples = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
for (let round = -2; round < rounds; round++) {
  for (const [name, run] of Object.entries(subjects)) {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    // The first rounds only warm up.
    const answers = name.startsWith('verifyPowBatch') ? calls * batches : calls;
    if (round >= 0) samples[name].push((user + system) / answers);
  }
}

const ratioTo = (name, other) => {
  const ratios = samples[name].map((value, round) => samples[other][round] / value);
  return `${median(ratios).toFixed(2)} [${Math.min(...ratios).toFixed(2)}, ${Math.max(...ratios).toFixed(2)}]`;
};
const cpu = (name, goal) => {
  const of = samples[name];
  const spread = `[${Math.min(...of).toFixed(2)}, ${Math.max(...of).toFixed(2)}]`;
  return {
    measure: `${name}: CPU time`,
    value: `${median(of).toFixed(2)} us ${spread}`,
    ...(goal && { goal }),
  };
};
const batch = (name, alone, goal) => ({
  measure: `verifyPow / ${name}`,
  value: ratioTo(name, alone),
  ...(goal && { goal }),
});
report('bench:verify', [
  cpu('verifyPow, header', 'at most 1.6 us'),
  cpu('verifyPow, SHA-256 of 28 bytes'),
  cpu('prepared.verify, header', 'at most 1 us'),
  cpu("Node's hash of a header, twice"),
  cpu('verifyPowBatch, headers'),
  cpu('verifyPowBatch, one header'),
  cpu('verifyPowBatch, SHA-256 of 28 bytes'),
  cpu('verifyPowBatch, packed headers'),
  cpu('verifyPowBatch, packed headers with compact bits'),
  cpu('verifyPowBatch, nonces of one header'),
  cpu('verifyPowBatch, packed messages of 28 bytes'),
  cpu('solvePow, first nonce hits', 'at most 10 us'),
  batch('verifyPowBatch, headers', 'verifyPow, header'),
  batch('verifyPowBatch, one header', 'verifyPow, header'),
  batch('verifyPowBatch, SHA-256 of 28 bytes', 'verifyPow, SHA-256 of 28 bytes'),
  batch('verifyPowBatch, packed headers', 'verifyPow, header', 'at least 20'),
  batch('verifyPowBatch, packed headers with compact bits', 'verifyPow, header'),
  batch('verifyPowBatch, nonces of one header', 'verifyPow, header', 'at least 20'),
  batch('verifyPowBatch, packed messages of 28 bytes', 'verifyPow, SHA-256 of 28 bytes', 'at least 20'),
  {
    measure: "verifyPow / Node's hash twice, header",
    value: ratioTo("Node's hash of a header, twice", 'verifyPow, header'),
  },
  {
    measure: "prepared.verify / Node's hash twice, header",
    value: ratioTo("Node's hash of a header, twice", 'prepared.verify, header'),
  },
  { measure: 'load of the machine in the last minute', value: loadavg()[0].toFixed(1) },
]);
