/**
 * Measures how a node's server answers `/healthz` while clients misbehave: clients that pipeline requests, that connect and
 * send nothing, that send slowly, that never read, that open connections as fast as they can, or that scrape without a pause.
 * Run by `npm run bench:monitoring`.
 *
 *   node bench/monitoring.mjs [--seconds 10] [--host 127.0.0.1] [--attack NAME]... [--dist FOLDER] [--json]
 *
 * For each attack a mining node is started, which runs for two seconds before the attack begins. The clients are a process of
 * their own. Every 50 ms a probe opens a new connection and requests `/healthz`. The attack goes on until all probes have
 * settled; a probe without an answer ten seconds after the last one was started counts as failed. The memory is the maximum
 * resident size of the node (on Linux). `--dist` is another build of both packages, so that two versions can be compared.
 */
import { fork, spawn } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const WARM_UP_MS = 2_000;
const PROBE_INTERVAL_MS = 50;
const LAST_ANSWER_MS = 10_000;
const SCRAPE = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** Opens `count` connections, and each of them again when it has been closed for 100 ms. */
function keepOpen(count, url, use) {
  for (let index = 0; index < count; index++) open();
  function open() {
    const socket = connect(Number(url.port), url.hostname, () => use(socket));
    socket.on('error', () => {}).on('close', () => setTimeout(open, 100));
  }
}

/** Writes one byte a second. */
function writeSlowly(socket) {
  const timer = setInterval(() => socket.write('x'), 1000);
  socket.on('close', () => clearInterval(timer));
}

/** What the clients of each attack do. */
const ATTACKS = {
  none: () => {},
  'one connection pipelines 5,000 scrapes': (url) =>
    keepOpen(1, url, (socket) => socket.resume().write(SCRAPE.repeat(5000))),
  '100 connections send nothing': (url) => keepOpen(100, url, (socket) => socket.resume()),
  '100 connections send one byte of a header a second': (url) =>
    keepOpen(100, url, (socket) => {
      socket.resume().write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nx: ');
      writeSlowly(socket);
    }),
  '100 connections send one byte of a body a second': (url) =>
    keepOpen(100, url, (socket) => {
      socket.resume().write('GET /healthz HTTP/1.1\r\nHost: localhost\r\ncontent-length: 8000\r\n\r\n');
      writeSlowly(socket);
    }),
  '100 connections scrape and never read': (url) =>
    keepOpen(100, url, (socket) => {
      socket.pause();
      const timer = setInterval(() => socket.write(SCRAPE), 500);
      socket.on('close', () => clearInterval(timer));
    }),
  '1,000 connections a second are opened and send nothing': (url) =>
    setInterval(() => {
      for (let index = 0; index < 50; index++) {
        connect(Number(url.port), url.hostname)
          .resume()
          .on('error', () => {});
      }
    }, 50),
  '100 connections scrape without a pause': (url) => {
    const agent = new Agent({ keepAlive: true });
    for (let index = 0; index < 100; index++) scrape();
    function scrape() {
      get(new URL('/metrics', url), { agent }, (response) => response.resume().on('close', scrape)).on(
        'error',
        scrape,
      );
    }
  },
};

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    host: { type: 'string', default: '127.0.0.1' },
    attack: { type: 'string', multiple: true, default: Object.keys(ATTACKS) },
    dist: { type: 'string', default: '.' },
    json: { type: 'boolean', default: false },
    as: { type: 'string' },
    url: { type: 'string' },
  },
});

if (options.as === undefined) await measureAll();
else ATTACKS[options.as](new URL(options.url));

async function measureAll() {
  const rows = [];
  for (const attack of options.attack) rows.push({ attack, ...(await measure(attack)) });
  if (options.json) console.log(JSON.stringify(rows, null, 2));
  else console.table(Object.fromEntries(rows.map(({ attack, ...figures }) => [attack, figures])));
}

async function measure(attack) {
  const folder = mkdtempSync(join(tmpdir(), 'qanto-bench-'));
  const node = spawn(
    process.execPath,
    [
      resolve(options.dist, 'npm/qanto-node/bin/qanto.js'),
      ...['node', '--data-dir', folder, '--threads', '1', '--log-format', 'json'],
      ...['--server-host', options.host, '--server-port', '0'],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  try {
    const url = await serverUrl(node);
    await delay(WARM_UP_MS);
    const clients = fork(fileURLToPath(import.meta.url), ['--as', attack, '--url', url.href]);
    const probes = await probe(url, Number(options.seconds) * 1000);
    clients.kill('SIGKILL');
    const times = probes.map(({ ms }) => ms).sort((a, b) => a - b);
    return {
      probes: probes.length,
      failed: probes.filter(({ ok }) => !ok).length,
      p50Ms: at(times, 0.5),
      p99Ms: at(times, 0.99),
      maxMs: at(times, 1),
      memoryMiB: memoryMiB(node.pid),
    };
  } finally {
    node.kill('SIGKILL');
    await new Promise((done) => node.once('close', done));
    rmSync(folder, { recursive: true });
  }
}

async function serverUrl(node) {
  for await (const line of createInterface(node.stderr)) {
    const { url } = JSON.parse(line);
    if (url) {
      node.stderr.resume();
      return new URL(url);
    }
  }
  throw new Error('the node ended before its server was ready');
}

/** Starts a probe every 50 ms, and returns the time until the answer of each. */
async function probe(url, durationMs) {
  const ended = new AbortController();
  setMaxListeners(0, ended.signal);
  const endsAt = performance.now() + durationMs;
  const probes = [];
  while (performance.now() < endsAt) {
    probes.push(probeOnce(new URL('/healthz', url), ended.signal));
    await delay(PROBE_INTERVAL_MS);
  }
  const settled = Promise.all(probes);
  await Promise.race([settled, delay(LAST_ANSWER_MS, undefined, { ref: false })]);
  ended.abort();
  return settled;
}

function probeOnce(url, signal) {
  const startedAt = performance.now();
  return new Promise((done) => {
    const settle = (ok) => done({ ok, ms: performance.now() - startedAt });
    get(url, { agent: false, signal }, (response) => {
      response.resume().on('end', () => settle(response.statusCode === 200));
      response.on('error', () => settle(false));
    }).on('error', () => settle(false));
  });
}

function at(sorted, quantile) {
  const value = sorted[Math.min(Math.floor(sorted.length * quantile), sorted.length - 1)];
  return Math.round(value * 10) / 10;
}

function memoryMiB(pid) {
  if (process.platform !== 'linux') return undefined;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s*(\d+)/.exec(status)[1]) / 1024);
}
