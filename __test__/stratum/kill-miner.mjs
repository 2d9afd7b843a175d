// The independent miner as a process of its own: mines blocks for a Stratum server until it is killed or the connection ends.
// Writes the hash of each block whose share was answered with true, and says when it has its first job.
//   node kill-miner.mjs PORT USER
import { readFileSync } from 'node:fs';
import { transformSync } from '@swc/core';

// The miner is TypeScript that imports only modules of Node.js.
const source = readFileSync(new URL('./support.ts', import.meta.url), 'utf8');
const { code } = transformSync(source, {
  jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  module: { type: 'es6' },
});
const { TestMiner, headerOf, reversed, search, sha256d } = await import(
  `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`
);

/** The blocks that are submitted for one job, all at once, so that the server writes several at a time. */
const BLOCKS_OF_JOB = 8;

const [port, user] = process.argv.slice(2);
const miner = new TestMiner(Number(port));
let job = await miner.logIn(user);
process.stdout.write('ready\n');

for (let known = miner.messages.length; ; known = miner.messages.length) {
  const bits = Number.parseInt(job.bits, 16);
  const target = BigInt(bits & 0x7fffff) << BigInt(8 * ((bits >>> 24) - 3));
  const submitted = Array.from({ length: BLOCKS_OF_JOB }, async (_, index) => {
    const extraNonce2 = index.toString(16).padStart(8, '0');
    const work = search(job, miner, (value) => value <= target, { extraNonce2 });
    const answer = await miner.request('mining.submit', user, job.id, extraNonce2, work.time, work.nonce);
    const hash = reversed(sha256d(headerOf(job, work))).toString('hex');
    // A write to a pipe is complete when it returns, so that a kill loses no line.
    process.stdout.write(
      answer.result === true ? `true ${hash}\n` : `refused ${JSON.stringify(answer.error)}\n`,
    );
  });
  await Promise.all(submitted);
  job = await miner.job(known);
}
