// Runs one scenario on a full disk or without file descriptors. The first argument is the scenario, the second the
// directory. It writes its observations as JSON. It handles no unhandled rejections, so that one ends this process as
// it would end a host's.
import { closeSync, openSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { QantoDag, SqliteStore } from '../../../dist/dag/index.js';
import { mineRegtest } from '../mine-regtest.mjs';

const [scenario, directory] = process.argv.slice(2);
const dataDir = `${directory}/store`;
const ballast = `${directory}/ballast`;
const identity = { network: 'test', genesis: 'aa'.repeat(32) };

const codeOf = (promise) =>
  promise.then(
    () => 'done',
    ({ code }) => code,
  );

const storedBlock = (number) => ({
  hash: number.toString(16).padStart(64, '0'),
  head: new Uint8Array(300).fill(number),
  body: new Uint8Array(1024).fill(number),
});

function mineAndAdd(dag, fill) {
  const payloads = [new Uint8Array(20_000).fill(fill)];
  return dag.addBlock(mineRegtest(dag.buildTemplate({ address: 'cd'.repeat(32), payloads })));
}

/** Fills the file system. */
function fillDisk() {
  const file = openSync(ballast, 'a');
  closeSync(file);
  for (const bytes of [65_536, 4096, 1]) {
    try {
      for (;;) writeFileSync(ballast, new Uint8Array(bytes), { flag: 'a' });
    } catch {
      // There may be room for fewer bytes.
    }
  }
}

const freeBytes = () => {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
};

/** Adds blocks until they are refused twice. */
async function addUntilRefused(dag) {
  const codes = [];
  let acknowledged = 0;
  while (codes.length < 2) {
    const code = await codeOf(mineAndAdd(dag, acknowledged));
    if (code === 'done') acknowledged += 1;
    else codes.push(code);
  }
  return { codes, acknowledged };
}

const scenarios = {
  /** Without minFreeBytes, up to the last byte, as in a service that handles the rejections of addBlock. */
  async everything() {
    const dag = await QantoDag.open({ network: 'regtest', dataDir, minFreeBytes: 0 });
    const failures = [];
    dag.on('store-failed', ({ code }) => failures.push(code));
    const checkpoints = [];
    dag.on('checkpoint-failed', ({ code }) => checkpoints.push(code));
    const { codes, acknowledged } = await addUntilRefused(dag);
    // Wait long enough for an unhandled rejection to end the process.
    await delay(50);
    const { blockCount, writable } = dag.info();
    const closed = await codeOf(dag.close());
    rmSync(ballast, { force: true });
    const again = await QantoDag.open({ network: 'regtest', dataDir, minFreeBytes: 0 });
    again.on('checkpoint-failed', ({ code }) => checkpoints.push(code));
    const reopenedCount = again.info().blockCount;
    for (const hash of [...again.order()]) await again.getBlock(hash);
    await again.close();
    return { codes, failures, checkpoints, acknowledged, blockCount, writable, closed, reopenedCount };
  },

  /** With minFreeBytes: blocks are refused before the disk is full, and accepted again once there is room. */
  async reserve() {
    writeFileSync(ballast, new Uint8Array(2 ** 20));
    const dag = await QantoDag.open({ network: 'regtest', dataDir, minFreeBytes: 2 ** 20 });
    const levels = [];
    dag.on('store-space', ({ level }) => levels.push(level));
    const checkpoints = [];
    dag.on('checkpoint-failed', ({ code }) => checkpoints.push(code));
    const { codes, acknowledged } = await addUntilRefused(dag);
    const leftBytes = freeBytes();
    const { writable } = dag.info();
    rmSync(ballast);
    // The store assumes for a moment that the last measurement is current.
    await delay(300);
    const afterwards = await codeOf(mineAndAdd(dag, 1));
    await dag.close();
    return { codes, checkpoints, acknowledged, leftBytes, writable, levels, afterwards };
  },

  /** A new store, then an existing one, without a free byte. */
  async opening() {
    fillDisk();
    const made = await codeOf(new SqliteStore(dataDir).open(identity));
    rmSync(ballast);
    rmSync(dataDir, { recursive: true, force: true });
    const store = new SqliteStore(dataDir);
    await store.open(identity);
    await store.append([storedBlock(1)]);
    await store.close();
    fillDisk();
    const opened = await codeOf(store.open(identity));
    const read = opened === 'done' ? (await store.read(storedBlock(1).hash))?.body.length : undefined;
    await store.close();
    rmSync(ballast);
    await store.open(identity);
    const size = store.size;
    await store.close();
    return { made, opened, read, size };
  },

  /** Pruning without a free byte, then appending blocks in the space that it freed. */
  async pruning() {
    const store = new SqliteStore(dataDir, { minFreeBytes: 2 ** 20 });
    await store.open(identity);
    const count = 3000;
    for (let first = 0; first < count; first += 100) {
      await store.append(Array.from({ length: 100 }, (_, index) => storedBlock(first + index)));
    }
    fillDisk();
    const leftBytes = freeBytes();
    const refused = await codeOf(
      Promise.resolve(store.admit(1))
        .then(() => delay(300))
        .then(() => store.admit(1)),
    );
    const hashes = Array.from({ length: count - 100 }, (_, number) => storedBlock(number).hash);
    const pruned = await codeOf(
      store.prune({ dropped: hashes, trusted: [], state: new Uint8Array(100), archive: false }),
    );
    // The rows are deleted in the background.
    while (store.space.availableBytes < 2 ** 21) {
      await codeOf(Promise.resolve(store.admit(1)));
      await delay(5);
    }
    const admitted = await codeOf(Promise.resolve(store.admit(100_000)));
    const appended = await codeOf(
      store.append(Array.from({ length: 100 }, (_, index) => storedBlock(count + index))),
    );
    await store.close();
    await store.open(identity);
    let held = 0;
    for await (const heads of store.heads()) held += heads.length;
    await store.verify();
    await store.close();
    return { leftBytes, refused, pruned, admitted, appended, held };
  },

  /** Opening with 0 to 12 file descriptors left. */
  async descriptors() {
    const store = new SqliteStore(dataDir);
    await store.open(identity);
    await store.append([storedBlock(1)]);
    await store.close();
    const codes = [];
    for (let left = 0; left <= 12; left++) {
      const taken = [];
      try {
        for (;;) taken.push(openSync('/dev/null', 'r'));
      } catch {
        for (const descriptor of taken.splice(0, left)) closeSync(descriptor);
      }
      codes.push(await codeOf(store.open(identity)));
      await store.close();
      for (const descriptor of taken) closeSync(descriptor);
    }
    await store.open(identity);
    const { size } = store;
    await store.close();
    return { codes, size };
  },

  /** A new store if no file may grow beyond a few kilobytes. */
  async growth() {
    const made = await codeOf(new SqliteStore(dataDir).open(identity));
    return { made, files: readdirSync(dataDir).sort() };
  },
};

process.stdout.write(`${JSON.stringify(await scenarios[scenario]())}\n`);
