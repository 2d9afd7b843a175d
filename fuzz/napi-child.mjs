// Hostile calls to every entry point of the addon. Runs in a process of its own, since a crash is what is looked
// for: `napi.mjs` starts it and reads its messages. An exception is a fine answer, a wrong one is not.
import assert from 'node:assert/strict';
import { native } from '../dist/native.js';
import { hostileValue } from './hostile-values.mjs';
import { randomFrom } from './random.mjs';

const [seed, from, executions] = process.argv.slice(2).map(Number);
const { Solver, defaultThreads, digest, hash, verify } = native();

// The wake-up may throw on purpose; nothing else may.
process.on('uncaughtException', (error) => {
  if (error !== wakeError) throw error;
});
const wakeError = new Error('from the wake-up');

const counts = {};
let solver;

function freshSolver(random) {
  solver?.shutdown();
  const quiet = random.chance(0.8);
  solver = new Solver(() => {
    if (!quiet) throw wakeError;
  });
}

/** A call with sound arguments, some of them replaced by hostile ones. */
const entryPoints = {
  verify: (random) => verify(...spoiled(random, [template(random), nonce(random), variant(random)])),
  digest: (random) => digest(...spoiled(random, [template(random), nonce(random), variant(random)])),
  hash: (random) => hash(...spoiled(random, [algorithm(random), bytes(random)])),
  defaultThreads: (random) => assert.ok(defaultThreads(...spoiled(random, [])) >= 1),
  Solver: (random) => new Solver(...spoiled(random, [() => {}])).shutdown(),
  'Solver without new': (random) => Solver(...spoiled(random, [() => {}])),
  submit: (random) => on(random, 'submit', [template(random), options(random)]),
  cancel: (random) => on(random, 'cancel', [random.below(20)]),
  drain: (random) => on(random, 'drain', []),
  shutdown: (random) => {
    on(random, 'shutdown', []);
    freshSolver(random);
  },
};
/** Shutting down joins threads, so it comes more rarely. */
const schedule = [
  ...['verify', 'digest', 'hash', 'submit'].flatMap((name) => Array(12).fill(name)),
  ...['cancel', 'drain'].flatMap((name) => Array(8).fill(name)),
  ...['defaultThreads', 'Solver', 'Solver without new', 'shutdown'],
];

/** Calls a method, mostly on the solver and sometimes on something that is none. */
function on(random, method, args) {
  const receiver = random.chance(0.03) ? hostileValue(random) : solver;
  return Reflect.apply(Solver.prototype[method], receiver, spoiled(random, args));
}

/** The arguments with a few of their parts exchanged, dropped or added. */
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

const algorithm = (random) => random.pick(['sha256', 'sha256d', 'blake3']);
const bytes = (random) => new Uint8Array(random.pick([0, 1, 8, 55, 64, 80, 200])).fill(random.below(256));
const nonce = (random) => BigInt(random.pick([0, 1, 2 ** 32 - 1, random.below(2 ** 32)]));
const variant = (random) => random.pick([0, 0, 1, 15, 16]);

function template(random) {
  const target = new Uint8Array(32).fill(255);
  target[31] = random.pick([255, 127, 1]);
  return {
    algorithm: algorithm(random),
    preimage: new Uint8Array(random.pick([8, 64, 80, 1000])).fill(random.below(256)),
    nonceOffset: random.pick([0, 1, 4]),
    nonceEncoding: random.pick(['u32le', 'u32be', 'u64le', 'u64be']),
    target,
    versionRolling: random.pick([undefined, 0, 1, 4, 16, 17]),
  };
}

function options(random) {
  return {
    startNonce: nonce(random),
    maxHashes: BigInt(1 + random.below(500)),
    timeoutMs: random.pick([undefined, 0, 0.1, 50, Number.NaN, -1, 1e300]),
    threads: random.pick([undefined, 0, 1, 2, 257]),
    background: random.chance(0.5),
    progressIntervalMs: random.pick([undefined, 0, 1, Number.POSITIVE_INFINITY]),
  };
}

freshSolver(randomFrom(seed, from));
for (let number = from; number < from + executions; number++) {
  const random = randomFrom(seed, number);
  const name = random.pick(schedule);
  try {
    entryPoints[name](random);
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
  }
  counts[name] = (counts[name] ?? 0) + 1;
  // The event loop must turn, so that wake-ups come and jobs of the past are drained.
  if (number % 100 === 99) {
    await new Promise(setImmediate);
    drainIgnoringState();
  }
  if (number % 1000 === 999) process.send?.({ number });
}

function drainIgnoringState() {
  for (const { job, kind, digest: found } of solver.drain()) {
    assert.ok(Number.isInteger(job));
    assert.notEqual(kind, 'panicked');
    assert.equal(found?.length ?? 32, 32);
  }
}

solver.shutdown();
process.send?.({ counts });
process.disconnect?.();
