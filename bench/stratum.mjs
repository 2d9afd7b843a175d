#!/usr/bin/env node
// Measures the Stratum server: the shares that it checks in a second of CPU time, and how long it takes until all of many
// connections have a new job.
//   node bench/stratum.mjs [--connections 1000] [--jobs 40] [--shares 20000] [--json]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { MemoryStore, QantoDag, regtest } from '../dist/dag/index.js';
import { targetToCompact } from '../dist/index.js';
import { StratumServer } from '../dist/stratum/index.js';
import { mineBlocks } from '../dist/testing.js';
import { report } from './report.mjs';

const { values: flags } = parseArgs({
  options: {
    connections: { type: 'string', default: '1000' },
    jobs: { type: 'string', default: '40' },
    shares: { type: 'string', default: '20000' },
    json: { type: 'boolean' },
    /** For the child process: the port of the server. */
    port: { type: 'string' },
    /** For the child process: logs in, submits shares, or waits for jobs. */
    role: { type: 'string' },
  },
});
const connections = Number(flags.connections);
const ADDRESS = 'ab'.repeat(32);
/** All but one of 65,536 hashes are shares. */
const EASY = 2 ** -32;

/** The time in ms, on a clock that all processes have in common. */
const now = () => performance.timeOrigin + performance.now();

const line = (id, method, params) => `${JSON.stringify({ id, method, params })}\n`;

/** Logs in. Calls `onJob` with the parameters of each job, and `onAnswer` with each other message. */
function miner(port, onJob, onAnswer = () => {}) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let rest = '';
  socket.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const message of lines.map((json) => JSON.parse(json))) {
      if (message.method === 'mining.notify') onJob(message.params);
      else onAnswer(message);
    }
  });
  socket.write(line(1, 'mining.subscribe', []) + line(2, 'mining.authorize', [ADDRESS, 'x']));
  return socket;
}

/** In the child process: submits shares as fast as they are answered, 200 at a time. */
async function submitShares(port, count) {
  let accepted = 0;
  let refused = 0;
  let sent = 0;
  let job;
  const socket = miner(
    port,
    (params) => {
      if (job !== undefined) return;
      job = params;
      for (let n = 0; n < 200; n += 1) next();
    },
    ({ id, result }) => {
      if (id !== 4) return;
      if (result) accepted += 1;
      else refused += 1;
      if (accepted + refused === count) process.send({ accepted, refused });
      else next();
    },
  );
  const next = () => {
    if (sent === count) return;
    const nonce = (sent++).toString(16).padStart(8, '0');
    socket.write(line(4, 'mining.submit', [ADDRESS, job[0], '00000000', job[7], nonce]));
  };
  await once(process, 'message');
  socket.destroy();
  process.disconnect();
}

/** In the child process: tells when the last connection has received a job. */
async function waitForJobs(port) {
  const received = new Map();
  const sockets = Array.from({ length: connections }, () =>
    miner(port, ([id]) => {
      const count = (received.get(id) ?? 0) + 1;
      received.set(id, count);
      if (count === connections) process.send({ atMs: now() });
    }),
  );
  await once(process, 'message');
  for (const socket of sockets) socket.destroy();
  process.disconnect();
}

const percentile = (values, p) =>
  [...values].sort((a, b) => a - b)[Math.min(Math.floor(p * values.length), values.length - 1)];

async function measure() {
  // A block takes 2^40 hashes for a miner, so that no share is one.
  const network = { ...regtest, name: 'bench-stratum', genesisBits: targetToCompact(1n << 216n) };
  const dag = await QantoDag.open({ network, store: new MemoryStore() });
  const rows = [];
  const start = (role, server) =>
    fork(import.meta.filename, [...process.argv.slice(2), '--role', role, '--port', String(server.port)]);
  {
    const options = { port: 0, startDifficulty: EASY, minDifficulty: EASY, sharesPerMinute: 1e9 };
    const server = await StratumServer.listen(dag, options);
    const child = start('shares', server);
    const before = process.cpuUsage();
    const [{ accepted, refused }] = await once(child, 'message');
    const { user, system } = process.cpuUsage(before);
    child.send('end');
    await once(child, 'exit');
    await server.close();
    const perSecond = Math.round((accepted + refused) / ((user + system) / 1e6));
    rows.push({
      measure: 'shares checked in a second of CPU time',
      value: perSecond,
      goal: 'at least 20000',
      accepted,
      refused,
    });
  }
  await dag.close();
  {
    const easy = await QantoDag.open({ network: 'regtest', store: new MemoryStore() });
    const server = await StratumServer.listen(easy, { port: 0, maxConnections: 10_000 });
    const child = start('jobs', server);
    await once(child, 'message');
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const tookMs = [];
    for (let n = 0; n < Number(flags.jobs); n += 1) {
      // The server makes a job at once if the last one is older than 250 ms.
      await new Promise((resolve) => setTimeout(resolve, 300));
      const message = once(child, 'message');
      let changedAtMs;
      easy.once('virtual-changed', () => {
        changedAtMs = now();
      });
      await mineBlocks(easy, 1, { threads: 1 });
      const [{ atMs }] = await message;
      tookMs.push(atMs - changedAtMs);
    }
    delay.disable();
    child.send('end');
    await once(child, 'exit');
    await server.close();
    await easy.close();
    const name = `from a new block until the last of ${connections} connections has its job`;
    rows.push({ measure: `${name}, p50, ms`, value: percentile(tookMs, 0.5).toFixed(1) });
    rows.push({ measure: `${name}, p99, ms`, value: percentile(tookMs, 0.99).toFixed(1), goal: 50 });
    rows.push({
      measure: 'delay of the event loop meanwhile, p99, ms',
      value: (delay.percentile(99) / 1e6).toFixed(1),
      goal: 20,
    });
  }
  report('stratum', rows);
}

if (flags.role === 'shares') await submitShares(Number(flags.port), Number(flags.shares));
else if (flags.role === 'jobs') await waitForJobs(Number(flags.port));
else await measure();
