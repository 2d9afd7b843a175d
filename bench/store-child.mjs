// Writes blocks with a head of 300 bytes and a body of 1 KiB to the embedded store of a checkout, and reads them back. Prints
// one line of JSON.
//   node bench/store-child.mjs CHECKOUT BLOCKS SINGLES
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const GROUP = 256;

const [checkout, blockCount, singleCount] = process.argv.slice(2);
const { SqliteStore, LmdbStore } = await import(
  pathToFileURL(resolve(checkout, 'dist', 'dag', 'index.js')).href
);
const Store = SqliteStore ?? LmdbStore;
const identity = { network: 'bench', genesis: '00'.repeat(32) };
const directory = mkdtempSync(join(process.env.QANTO_BENCH_DIR ?? tmpdir(), 'qanto-bench-'));
const head = new Uint8Array(300).fill(7);
const body = new Uint8Array(1024).fill(9);

/** A block. The hashes are scattered, like those of real blocks. */
function block(number) {
  const scattered = BigInt.asUintN(64, BigInt(number) * 0x9e37_79b9_7f4a_7c15n);
  const hash = scattered.toString(16).padStart(16, '0') + number.toString(16).padStart(48, '0');
  return { hash, head, body };
}

async function measured(work) {
  const before = process.cpuUsage();
  const beganAtMs = performance.now();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { cpuSeconds: (user + system) / 1e6, seconds: (performance.now() - beganAtMs) / 1e3 };
}

/** The memory of the process without pages of mapped files, in bytes; undefined if the system does not report it. */
function anonymousBytes() {
  try {
    return 1024 * Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

const store = new Store(directory);
await store.open(identity);
const blocks = Number(blockCount);
const groups = await measured(async () => {
  for (let first = 0; first < blocks; first += GROUP) {
    await store.append(
      Array.from({ length: Math.min(GROUP, blocks - first) }, (_, index) => block(first + index)),
    );
  }
});
const { sizeBytes } = await store.usage();
const latencies = [];
const singles = await measured(async () => {
  for (let number = blocks; number < blocks + Number(singleCount); number++) {
    const beganAtMs = performance.now();
    await store.append([block(number)]);
    latencies.push(performance.now() - beganAtMs);
  }
});
latencies.sort((a, b) => a - b);

/** The latencies of appending blocks one by one while a backup is made, ascending, and the time that it takes. */
async function besideBackup(firstNumber) {
  const besides = [];
  let isOver = false;
  const backup = await measured(async () => {
    const backingUp = store.backup(`${directory}-backup`).finally(() => {
      isOver = true;
    });
    for (let number = firstNumber; !isOver; number++) {
      const beganAtMs = performance.now();
      await store.append([block(number)]);
      besides.push(performance.now() - beganAtMs);
    }
    await backingUp;
  });
  rmSync(`${directory}-backup`, { recursive: true });
  besides.sort((a, b) => a - b);
  return { besides, seconds: backup.seconds };
}

// Older stores make no backups.
const beside =
  store.backup && blocks > 0 ? await besideBackup(blocks + Number(singleCount)) : { besides: [] };
const total = blocks + Number(singleCount) + beside.besides.length;
await store.close();
const opening = await measured(async () => {
  await store.open(identity);
  let found = 0;
  // Older stores, which had no thread of their own, return heads one by one.
  for await (const batch of store.heads()) found += Array.isArray(batch) ? batch.length : 1;
  if (found !== total) throw new Error(`the store has ${found} heads`);
});
await store.close();
rmSync(directory, { recursive: true });
const { maxRSS } = process.resourceUsage();
const result = {
  groupsCpuSeconds: groups.cpuSeconds,
  groupsSeconds: groups.seconds,
  singlesCpuSeconds: singles.cpuSeconds,
  singlesP50Ms: latencies[Math.floor(latencies.length / 2)],
  backupSeconds: beside.seconds,
  besideP50Ms: beside.besides[Math.floor(beside.besides.length / 2)],
  besideP99Ms: beside.besides[Math.floor(beside.besides.length * 0.99)],
  besideMostMs: beside.besides.at(-1),
  openSeconds: opening.seconds,
  fileMegabytes: sizeBytes / 1e6,
  peakRssMegabytes: (maxRSS * 1024) / 1e6,
  anonymousMegabytes: (anonymousBytes() ?? Number.NaN) / 1e6,
};
console.log(JSON.stringify(result));
