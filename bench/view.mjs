/**
 * Measures the page of a node: what it costs the node, how fast the node answers `/healthz` while pages are open, and how long the
 * page takes to draw. Run by `npm run bench:view`. Needs Chromium for the last of these.
 *
 *   node bench/view.mjs [--seconds 10] [--rounds 5] [--json]
 *
 * The node gets ten blocks a second that are as easy as on regtest. Rounds without viewers and with five viewers alternate, and
 * each round takes `--seconds`; the cost is the CPU time of the node with viewers minus that without, in percent of a core. Frames
 * are drawn in software, in a window of 1600 by 900 pixels, while all blocks move to other places: at the middle of a zoom.
 */
import { spawn } from 'node:child_process';
import { get } from 'node:http';
import { loadavg } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { browserProgram, startBrowser } from '../scripts/browser.cjs';

const BLOCKS_PER_SECOND = 10;
const COST_VIEWERS = 5;
const MOST_VIEWERS = 20;
const PROBES_PER_SECOND = 20;
const FRAMES = 200;

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const roundMs = Number(options.seconds) * 1000;

const node = await startNode();
const result = { load: loadavg()[0] };
try {
  await delay(3000);
  result.cost = await measureCost();
  result.healthz = { none: await probe(0), [`${MOST_VIEWERS} viewers`]: await probe(MOST_VIEWERS) };
  result.frames = browserProgram() === undefined ? 'no Chromium found' : await measureFrames();
} finally {
  node.child.stdin.end();
}
print();

async function startNode() {
  const program = fileURLToPath(new URL('lively-node.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, '--steady', String(BLOCKS_PER_SECOND)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async () => JSON.parse((await lines.next()).value);
  const { url } = await nextLine();
  return {
    child,
    url,
    async cpuMs() {
      child.stdin.write('cpu\n');
      return (await nextLine()).cpuMs;
    },
  };
}

/** Opens streams of events. Returns a function that closes them, and that returns the number of bytes received. */
async function openViewers(count) {
  let bytes = 0;
  const requests = [];
  for (let index = 0; index < count; index++) {
    await new Promise((resolve, reject) => {
      const request = get(`${node.url}/view/events`, (response) => {
        if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
        response
          .on('error', () => {})
          .on('data', (data) => {
            bytes += data.length;
          });
        response.once('data', resolve);
      }).on('error', reject);
      requests.push(request);
    });
  }
  const snapshotBytes = bytes;
  return () => {
    for (const request of requests) request.on('error', () => {}).destroy();
    return bytes - snapshotBytes;
  };
}

/** The CPU time of the node in rounds without and with viewers, in percent of a core. */
async function measureCost() {
  const rounds = { 0: [], [COST_VIEWERS]: [] };
  let bytesPerSecond = 0;
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const viewers of [0, COST_VIEWERS]) {
      const close = await openViewers(viewers);
      await delay(500);
      const startedAtMs = performance.now();
      const before = await node.cpuMs();
      await delay(roundMs);
      const cpuMs = (await node.cpuMs()) - before;
      rounds[viewers].push((100 * cpuMs) / (performance.now() - startedAtMs));
      const bytes = close();
      if (viewers > 0) bytesPerSecond = Math.round(bytes / viewers / (roundMs / 1000));
    }
  }
  const differences = rounds[COST_VIEWERS].map((percent, index) => percent - rounds[0][index]);
  return {
    rounds: rounds[0].length,
    withoutViewersPercent: summary(rounds[0]),
    withViewersPercent: summary(rounds[COST_VIEWERS]),
    costPercent: summary(differences),
    bytesPerSecondAndViewer: bytesPerSecond,
  };
}

/** How long `/healthz` takes on a new connection. */
async function probe(viewers) {
  const close = await openViewers(viewers);
  const times = [];
  for (let count = 0; count < (roundMs / 1000) * PROBES_PER_SECOND; count++) {
    const startedAtMs = performance.now();
    await new Promise((resolve, reject) => {
      get(`${node.url}/healthz`, { agent: false }, (response) => response.resume().on('end', resolve)).on(
        'error',
        reject,
      );
    });
    times.push(performance.now() - startedAtMs);
    await delay(1000 / PROBES_PER_SECOND);
  }
  close();
  return { probes: times.length, p50Ms: at(times, 0.5), p99Ms: at(times, 0.99) };
}

/** The times of frames with 500 and with 2,000 visible blocks. */
async function measureFrames() {
  const browser = await startBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
    await page.goto(node.url);
    await page.locator('#numbers dd').first().waitFor();
    const frames = {};
    for (const [count, rows] of [
      [500, 10],
      [2000, 16],
    ]) {
      frames[count] = await page.evaluate(drawFrames, { count, rows, frames: FRAMES });
    }
    return Object.fromEntries(
      Object.entries(frames).map(([count, { visible, times, gaps }]) => [
        count,
        {
          visible,
          frames: times.length,
          ...{
            p50Ms: at(times, 0.5),
            p95Ms: at(times, 0.95),
            gapP50Ms: at(gaps, 0.5),
            gapP95Ms: at(gaps, 0.95),
          },
        },
      ]),
    );
  } finally {
    await browser.close();
  }
}

/**
 * Runs in the page: shows `count` blocks, `rows` in each column with four parents each, and draws frames. The time of a frame is that
 * of the drawing with its rasterisation, which reading a pixel waits for.
 */
async function drawFrames({ count, rows, frames }) {
  const { graph } = window.qanto;
  const { Model } = await import('/view/page/model.js');
  const hashOf = (serial) => serial.toString(16).padStart(64, '0');
  const blocks = Array.from({ length: count }, (_, serial) => {
    const column = Math.floor(serial / rows);
    const chainParent = rows * (column - 1);
    const below = [0, 1, 2, 3].map((step) => chainParent + ((serial + 3 * step) % rows));
    const merged = column === 0 ? [] : below.filter((parent) => parent !== chainParent);
    const parents = column === 0 ? [] : [chainParent, ...merged];
    return {
      ...{ serial, hash: hashOf(serial), parents, blues: merged.slice(0, 2), reds: merged.slice(2) },
      ...{ timestampMs: Date.now() + column * 400, blueScore: column },
    };
  });
  const sink = hashOf(count - rows);
  const model = Model.of({ blocks, chain: { sink, blues: [], reds: [] } });
  graph.show(model);
  graph.fit(1, 1);
  graph.follow(false);
  const { camera } = graph;
  camera.setScale(1600 / (64 * (count / rows + 1)));
  camera.moveTo(count / rows / 2, 0);
  graph.jump();
  const context = document.getElementById('graph').getContext('2d');
  const times = [];
  const gaps = [];
  let visible = 0;
  let lastMs = performance.now();
  for (let frame = 0; frame < frames; frame++) {
    const drawn = graph.frameTimes.length;
    camera.moveTo(count / rows / 2 + Math.sin(frame / 10), 0.2 * Math.sin(frame / 7));
    for (const block of model.blocks) block.y = block.row + 0.3;
    await new Promise((resolve) => {
      graph.changed();
      requestAnimationFrame(resolve);
    });
    const startedAtMs = performance.now();
    context.getImageData(0, 0, 1, 1);
    const rasterMs = performance.now() - startedAtMs;
    if (graph.frameTimes.length > drawn || drawn === 1000) times.push(graph.frameTimes.at(-1) + rasterMs);
    visible = graph.visibleBlocks;
    gaps.push(performance.now() - lastMs);
    lastMs = performance.now();
  }
  return { visible, times, gaps };
}

function summary(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: round(at(values, 0.5)), least: round(sorted[0]), most: round(sorted.at(-1)) };
}

function at(values, fraction) {
  const sorted = values.toSorted((a, b) => a - b);
  return round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))]);
}

function round(value) {
  return Number(value.toFixed(2));
}

function print() {
  if (options.json) {
    console.log(JSON.stringify(result, null, 2));
    return;
  }
  console.log(`load ${result.load.toFixed(1)}`);
  const { withoutViewersPercent, withViewersPercent, costPercent } = result.cost;
  console.table({
    'CPU of the node without viewers, % of a core': withoutViewersPercent,
    [`CPU with ${COST_VIEWERS} viewers, % of a core`]: withViewersPercent,
    'difference of a pair of rounds, % of a core': costPercent,
  });
  console.log(`${result.cost.bytesPerSecondAndViewer} bytes a second for each viewer`);
  console.table({
    '/healthz without viewers': result.healthz.none,
    [`/healthz with ${MOST_VIEWERS} viewers`]: result.healthz[`${MOST_VIEWERS} viewers`],
  });
  if (typeof result.frames === 'string') console.log(result.frames);
  else console.table(result.frames);
}
