// Makes hostile calls to every entry point of the addon. It runs in its own process, because it looks for crashes; `napi.mjs`
// starts it and reads its messages. An exception is an acceptable result, and an incorrect result is not.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { native } from '../dist/native.js';
import { hostileValue } from './hostile-values.mjs';
import { randomFrom } from './random.mjs';

const [seed, from, executions] = process.argv.slice(2).map(Number);
const addon = native();
const { BlockStore, PreparedTemplate, Solver, TraceReceiver, defaultThreads, hash, verify } = addon;

// Only the wake-up may throw, on purpose.
process.on('uncaughtException', (error) => {
  if (error !== wakeError) throw error;
});
const wakeError = new Error('from the wake-up');

const counts = {};
let solver;
let receiver;
let store;

// Directories with hostile names are created in this folder.
const folder = mkdtempSync(join(tmpdir(), 'qanto-fuzz-'));
process.chdir(folder);

function freshStore(random) {
  store?.shutdown();
  store = new BlockStore(wakeUp(random));
  store.open(storeOptions(random));
}

function freshSolver(random) {
  solver?.shutdown();
  solver = new Solver(wakeUp(random));
}

function freshReceiver(random) {
  receiver?.close();
  receiver = new TraceReceiver(wakeUp(random), 1 + random.below(50));
}

function wakeUp(random) {
  const quiet = random.chance(0.8);
  return () => {
    if (!quiet) throw wakeError;
  };
}

/** Calls with valid arguments, some of which are replaced by hostile ones. */
const entryPoints = {
  verify: (random) => verify(...spoiled(random, packedTemplate(random))),
  PreparedTemplate: (random) => new PreparedTemplate(...spoiled(random, [template(random)])),
  'PreparedTemplate without new': (random) => PreparedTemplate(...spoiled(random, [template(random)])),
  verifier: (random) =>
    onPrepared(random, 'verifier', template, [])?.(...spoiled(random, [Number(nonce(random))])),
  verifyLarge: (random) => onPrepared(random, 'verifyLarge', template, [nonce(random), variant(random)]),
  digest: (random) => onPrepared(random, 'digest', template, [nonce(random), variant(random)]),
  verifyText: (random) => onPrepared(random, 'verifyText', textTemplate, [text(random)]),
  digestText: (random) => onPrepared(random, 'digestText', textTemplate, [text(random)]),
  hash: (random) => hash(...spoiled(random, [algorithm(random), bytes(random), digestLength(random)])),
  defaultThreads: (random) => assert.ok(defaultThreads(...spoiled(random, [])) >= 1),
  Solver: (random) => new Solver(...spoiled(random, [() => {}])).shutdown(),
  'Solver without new': (random) => Solver(...spoiled(random, [() => {}])),
  kernels: (random) => assert.ok(addon.kernels(...spoiled(random, [])).includes('portable')),
  cpuFeatures: (random) => addon.cpuFeatures(...spoiled(random, [])),
  chooseKernel: (random) => addon.chooseKernel(...spoiled(random, [template(random), kernel(random)])),
  measureKernels: (random) => addon.measureKernels(...spoiled(random, [template(random), kernel(random)])),
  // Between the solvers of this program there may be no pool.
  configurePool: (random) =>
    addon.configurePool(...spoiled(random, [1 + random.below(3), 1 + random.below(20_000)])),
  poolStatus: (random) => assert.ok(addon.poolStatus(...spoiled(random, [])).threads >= 0),
  poolJobs: (random) => {
    const { jobs } = addon.poolJobs(...spoiled(random, [random.below(100)]));
    assert.ok(jobs.every(({ ageMs, hashes }) => ageMs >= 0 && hashes >= 0));
  },
  submit: (random) => {
    const traces = random.pick([undefined, null, receiver]);
    onSolver(random, 'submit', [
      ...packedTemplate(random),
      random.pick([undefined, options(random)]),
      traces,
      random.chance(0.1) ? repeated(random) : undefined,
    ]);
  },
  submitAnswers: (random) => onSolver(random, 'submitAnswers', [answers(random)]),
  submitMessages: (random) => onSolver(random, 'submitMessages', [messages(random)]),
  submitNonces: (random) => onSolver(random, 'submitNonces', [nonces(random)]),
  submitMany: (random) => {
    const traces = random.pick([undefined, null, receiver]);
    const templates = Array.from({ length: random.below(4) }, () => template(random));
    const startNonce = random.pick([0n, 1n, 2n ** 64n - 1n, 2n ** 64n, -1n]);
    onSolver(random, 'submitMany', [templates, random.below(4), startNonce, options(random), traces]);
  },
  cancel: (random) => onSolver(random, 'cancel', [random.below(20)]),
  drain: (random) => onSolver(random, 'drain', []),
  shutdown: (random) => {
    onSolver(random, 'shutdown', []);
    freshSolver(random);
  },
  TraceReceiver: (random) => new TraceReceiver(...spoiled(random, [() => {}, random.below(100)])).close(),
  'TraceReceiver without new': (random) => TraceReceiver(...spoiled(random, [() => {}, 1])),
  setFilter: (random) => onReceiver(random, 'setFilter', [directives(random), random.chance(0.3)]),
  filter: (random) => onReceiver(random, 'filter', []),
  'drain of traces': (random) => onReceiver(random, 'drain', []),
  dropped: (random) => onReceiver(random, 'dropped', []),
  nowMs: (random) => onReceiver(random, 'nowMs', []),
  close: (random) => {
    onReceiver(random, 'close', []);
    freshReceiver(random);
  },
  BlockStore: (random) => new BlockStore(...spoiled(random, [() => {}])).shutdown(),
  'BlockStore without new': (random) => BlockStore(...spoiled(random, [() => {}])),
  open: (random) => onStore(random, 'open', [storeOptions(random)]),
  heads: (random) => onStore(random, 'heads', [cursor(random)]),
  read: (random) => onStore(random, 'read', [storedHash(random)]),
  append: (random) =>
    onStore(random, 'append', [packed(random), random.pick([undefined, null, bytes(random)])]),
  prune: (random) =>
    onStore(random, 'prune', [
      random.pick([new Uint8Array(0), storedHash(random), bytes(random)]),
      random.pick([new Uint8Array(0), packed(random), bytes(random)]),
      bytes(random),
      random.chance(0.5),
    ]),
  blocks: (random) => onStore(random, 'blocks', [random.pick([0, 1, 5, 2 ** 53, -1])]),
  backup: (random) => onStore(random, 'backup', [join(folder, `backup-${random.below(3)}`)]),
  cancelBackup: (random) => onStore(random, 'cancelBackup', []),
  backupProgress: () => assert.equal(store.backupProgress.length, 2),
  admit: (random) => onStore(random, 'admit', [random.pick([0, 1000, 2 ** 52])]),
  usage: (random) => onStore(random, 'usage', []),
  'verify of a store': (random) => onStore(random, 'verify', []),
  'drain of a store': (random) => onStore(random, 'drain', []),
  availableBytes: () => assert.ok(store.availableBytes >= 0),
  minFreeBytes: () => assert.ok(store.minFreeBytes >= 0),
  'close of a store': (random) => {
    onStore(random, 'close', []);
    freshStore(random);
  },
};
/** The frequency of each call. Shutting down joins threads, so it is rarer. */
const schedule = [
  ...['verify', 'hash', 'submit', 'submitAnswers', 'submitMany'].flatMap((name) => Array(12).fill(name)),
  ...['submitMessages', 'submitNonces'].flatMap((name) => Array(8).fill(name)),
  ...['verifier', 'verifyLarge', 'digest', 'verifyText', 'digestText'].flatMap((name) => Array(4).fill(name)),
  ...['cancel', 'drain'].flatMap((name) => Array(8).fill(name)),
  ...['chooseKernel', 'measureKernels', 'setFilter', 'drain of traces'].flatMap((name) =>
    Array(4).fill(name),
  ),
  ...[
    'defaultThreads',
    'kernels',
    'cpuFeatures',
    'configurePool',
    'poolStatus',
    'poolJobs',
    'filter',
    'dropped',
    'nowMs',
    'close',
  ],
  ...['heads', 'read', 'append', 'prune', 'admit'].flatMap((name) => Array(3).fill(name)),
  ...['blocks', 'backup', 'cancelBackup', 'backupProgress'],
  ...['availableBytes', 'minFreeBytes', 'usage', 'verify of a store', 'drain of a store'],
  ...['BlockStore', 'BlockStore without new', 'open', 'close of a store'],
  ...['PreparedTemplate', 'PreparedTemplate without new'],
  ...['Solver', 'Solver without new', 'shutdown', 'TraceReceiver', 'TraceReceiver without new'],
];
for (const name of entryPointsOf(addon)) {
  assert.ok(schedule.includes(name), `the addon's ${name} is not called`);
}

/** The names of functions, constructors and methods. */
function entryPointsOf(exported) {
  const functions = Object.entries(exported).filter(([, value]) => typeof value === 'function');
  return functions.flatMap(([name, { prototype = {} }]) => {
    const methods = Object.getOwnPropertyNames(prototype).filter((method) => method !== 'constructor');
    return [name, ...methods];
  });
}

const onPrepared = (random, method, templates, args) => {
  const prepared = new PreparedTemplate(templates(random));
  return on(random, PreparedTemplate, prepared, method, args);
};
const onSolver = (random, method, args) => on(random, Solver, solver, method, args);
const onStore = (random, method, args) => on(random, BlockStore, store, method, args);
const onReceiver = (random, method, args) => on(random, TraceReceiver, receiver, method, args);

/** Calls a method, mostly on an object of its class and sometimes on another value. */
function on(random, { prototype }, object, method, args) {
  const self = random.chance(0.03) ? hostileValue(random) : object;
  return Reflect.apply(prototype[method], self, spoiled(random, args));
}

/** The arguments with a few of their parts replaced, removed or added. */
function spoiled(random, args) {
  const changed = args.map((arg) => {
    if (random.chance(0.1)) return hostileValue(random);
    if (arg?.constructor !== Object || random.chance(0.5)) return arg;
    const key = random.pick(Object.keys(arg));
    if (random.chance(0.1))
      return {
        ...arg,
        get [key]() {
          throw new Error('from a getter');
        },
      };
    return { ...arg, [key]: hostileValue(random) };
  });
  if (random.chance(0.02)) changed.pop();
  if (random.chance(0.02)) changed.push(hostileValue(random));
  return changed;
}

const DIGEST_LENGTHS = {
  sha1: 20,
  sha256: 32,
  sha256d: 32,
  sha512: 64,
  sha512d: 64,
  blake2b: 64,
  blake3: 32,
};
const ENCODINGS = {
  binary: ['u32le', 'u32be', 'u64le', 'u64be', 'u64le-swapped'],
  text: ['decimal', 'decimal-fixed', 'hex'],
};
const algorithm = (random) => random.pick(Object.keys(DIGEST_LENGTHS));
const digestLength = (random) => random.pick([undefined, null, 0, 1, 8, 20, 32, 64, 65]);
const text = (random) => random.pick(['0', '007', '+5', 'x'.repeat(64), '', 'x'.repeat(65), '\ud800']);
const bytes = (random) => new Uint8Array(random.pick([0, 1, 8, 55, 64, 80, 200])).fill(random.below(256));
const nonce = (random) => BigInt(random.pick([0, 1, 2 ** 32 - 1, random.below(2 ** 32)]));
const kernel = (random) =>
  random.pick([
    undefined,
    null,
    'portable',
    'neon',
    'sha2',
    'avx2',
    'sha-ni',
    'sha-ni-avx512',
    'avx512',
    'none',
  ]);
const directives = (random) =>
  random.pick([
    null,
    'off',
    'info',
    'qanto_pow=debug',
    'trace',
    'qanto_pow[solve_pow{job_id=1}]=debug',
    '=,=',
    '[',
  ]);
const variant = (random) => random.pick([0, 0, 1, 15, 16]);

function template(random) {
  const name = algorithm(random);
  const length = random.chance(0.9) ? DIGEST_LENGTHS[name] : random.below(66);
  const width = random.chance(0.5) ? length : random.below(66);
  const encoding = random.pick([...ENCODINGS.binary, ...ENCODINGS.text]);
  return {
    algorithm: name,
    digestLength: length,
    preimage: new Uint8Array(random.pick([8, 64, 80, 1000])).fill(random.below(256)),
    nonceOffset: random.pick([0, 1, 4]),
    nonceEncoding: encoding,
    nonceWidth: nonceWidth(random, encoding),
    rule: rule(random, width),
    versionRolling: random.pick([undefined, undefined, 0, 1, 4, 16, 17]),
    repeated: random.chance(0.1) ? repeated(random) : undefined,
  };
}

function repeated(random) {
  return {
    bytes: new Uint8Array(random.pick([0, 1, 48, 64, 1024, 1025])),
    times: random.pick([0, 1, 3, 128, 200, 2 ** 32 - 1]),
  };
}

function rule(random, width) {
  return {
    lo: new Uint8Array(width).fill(random.pick([0, 0, 1])),
    hi: new Uint8Array(width).fill(255).fill(random.pick([255, 127, 1]), -1),
    bigEndian: random.chance(0.5),
  };
}

/** A packed template with a nonce, its preimage, and the bounds of its rule. */
function packedTemplate(random) {
  const { algorithm, digestLength, preimage, nonceOffset, nonceEncoding, nonceWidth, rule, versionRolling } =
    template(random);
  const bytes = Buffer.alloc(random.chance(0.95) ? 112 : random.below(120));
  const numbers = [
    random.chance(0.95) ? Object.keys(DIGEST_LENGTHS).indexOf(algorithm) : random.below(256),
    digestLength,
    random.chance(0.95) ? Object.values(ENCODINGS).flat().indexOf(nonceEncoding) : random.below(256),
    nonceWidth ?? 0,
    rule.hi.length,
    Number(rule.bigEndian),
    versionRolling ?? 0,
    variant(random),
    nonceOffset,
  ];
  bytes.set(numbers.slice(0, bytes.length));
  bytes.fill(random.pick([0, 1, 255]), Math.min(12, bytes.length), Math.min(16, bytes.length));
  const bound = (part) => BigInt(`0x00${Buffer.from(part).reverse().toString('hex')}`);
  return [bytes, preimage, bound(rule.hi), random.pick([undefined, bound(rule.lo), -1n])];
}

/** Answers to a few templates, or close to it. */
function answers(random) {
  const templates = Array.from({ length: 1 + random.below(3) }, () => template(random));
  const count = random.below(40);
  return {
    templates,
    bytes: new Uint8Array(1000).fill(random.below(256)),
    answers: Uint32Array.from({ length: 7 * count + (random.chance(0.05) ? 1 : 0) }, (_, word) =>
      random.chance(0.005)
        ? random.pick([2 ** 32 - 1, random.below(2000)])
        : [random.below(templates.length), random.below(100), 80, random.below(900), 0, 0, 0][word % 7],
    ),
  };
}

/** Messages of one length, or close to it. */
function messages(random) {
  const name = algorithm(random);
  const digestLength = random.chance(0.9) ? DIGEST_LENGTHS[name] : random.below(66);
  const messageLength = random.chance(0.95)
    ? random.pick([1, 28, 80])
    : random.pick([0, 65_537, 2 ** 32 - 1]);
  const length = random.below(40) * messageLength + (random.chance(0.05) ? 1 : 0);
  return {
    algorithm: name,
    digestLength,
    messages: new Uint8Array(Math.min(length, 4000)).fill(random.pick([0, 1, 0x1d])),
    messageLength,
    rule: random.chance(0.7) ? rule(random, random.chance(0.9) ? digestLength : random.below(66)) : undefined,
    compactOffset: random.chance(0.3) ? random.pick([0, 72, 76, 77, 2 ** 32 - 1]) : undefined,
  };
}

/** Nonces of a template, or close to it. */
function nonces(random) {
  const count = random.below(40);
  const variants = random.chance(0.9) ? count : random.below(40);
  return {
    template: template(random),
    nonces: random.chance(0.5)
      ? new Uint32Array(count).fill(random.below(2 ** 32))
      : new BigUint64Array(count).fill(BigInt.asUintN(64, nonce(random))),
    variants: random.pick([undefined, undefined, new Uint8Array(variants).fill(random.pick([0, 1, 16]))]),
  };
}

/** A template whose nonce is text. */
function textTemplate(random) {
  const encoding = random.pick(ENCODINGS.text);
  return { ...template(random), nonceEncoding: encoding, nonceWidth: nonceWidth(random, encoding) };
}

function nonceWidth(random, encoding) {
  const hasWidth = encoding === 'hex' || encoding === 'decimal-fixed';
  return hasWidth && random.chance(0.95) ? random.pick([0, 1, 4, 16, 17, 20]) : undefined;
}

const storedHash = (random) => new Uint8Array(32).fill(random.below(8));
const cursor = (random) =>
  random.pick([undefined, null, { number: random.pick([0, 1, 2 ** 53, -1]), trusted: random.below(3) }]);

function storeOptions(random) {
  return {
    directory: join(folder, `store-${random.below(3)}`),
    network: 'fuzz',
    genesis: new Uint8Array(32),
    minFreeBytes: random.pick([undefined, 0, 1, 1e300, Number.NaN]),
    cacheBytes: random.pick([0, 2 ** 20, 1e300]),
    pageBytes: random.pick([undefined, 4096, 3]),
  };
}

/** Packed blocks in the format of the store, or close to it. */
function packed(random) {
  const blocks = Array.from({ length: random.below(4) }, () => {
    const block = Buffer.alloc(40 + 20 + 30, random.below(8));
    block.writeUInt32LE(random.pick([20, 20, 20, 50, 2 ** 32 - 1]), 32);
    block.writeUInt32LE(random.pick([30, 30, 30, 0, 2 ** 32 - 1]), 36);
    return block;
  });
  return Buffer.concat(blocks);
}

function options(random) {
  return {
    maxHashes: BigInt(1 + random.below(500)),
    timeoutMs: random.pick([undefined, 0, 0.1, 50, Number.NaN, -1, 1e300]),
    threads: random.pick([undefined, 0, 1, 2, 257]),
    background: random.chance(0.5),
    progressIntervalMs: random.pick([undefined, 0, 1, Number.POSITIVE_INFINITY]),
  };
}

freshSolver(randomFrom(seed, from));
freshReceiver(randomFrom(seed, from));
freshStore(randomFrom(seed, from));
for (let number = from; number < from + executions; number++) {
  const random = randomFrom(seed, number);
  const name = random.pick(schedule);
  try {
    entryPoints[name](random);
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
  }
  counts[name] = (counts[name] ?? 0) + 1;
  // The event loop must run, so that wake-ups arrive and finished jobs are drained.
  if (number % 100 === 99) {
    await new Promise(setImmediate);
    drainIgnoringState();
    receiver.drain();
  }
  if (number % 1000 === 999) process.send?.({ number });
}

function drainIgnoringState() {
  for (const { job, kind, digest: found } of solver.drain()) {
    assert.ok(Number.isInteger(job));
    assert.notEqual(kind, 'panicked');
    assert.match(found ?? '00', /^([0-9a-f]{2}){1,64}$/);
  }
  for (const { call, failure } of store.drain()) {
    assert.ok(Number.isInteger(call));
    assert.equal(typeof (failure?.detail ?? ''), 'string');
  }
}

solver.shutdown();
receiver.close();
store.shutdown();
process.chdir(tmpdir());
rmSync(folder, { recursive: true });
process.send?.({ counts });
process.disconnect?.();
