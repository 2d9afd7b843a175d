/**
 * The program of the threads that derive keys. It is text, so that it needs no file: it runs wherever qanto does, in a bundle and
 * in a test, too.
 *
 * A run shares an array with the thread that started it: the next counter, the lowest counter that is a hit, why the run must end,
 * and the number of tries. Several threads may take counters of the same run. None is taken above a hit, and every one that was
 * taken is tried. When all of them have left, the lowest hit is therefore the first one.
 */

/** The places in the array of a run, of 64-bit integers. */
export const NEXT = 0;
export const HIT = 1;
export const END = 2;
export const TRIES = 3;
/** One more than the last counter of a run. */
export const LIMIT = 4;
export const PLACES = 5;

/** The values of {@link END}. */
export const RUNNING = 0n;
/** Others wait for the thread. */
export const YIELD = 1n;
export const STOP = 2n;

export const WORKER_SOURCE: string = `'use strict';
const { parentPort } = require('node:worker_threads');
const crypto = require('node:crypto');
let argon2;

function derive(p, salt, password) {
  const hash = p.algorithm.slice(-7).replace('-', '').toLowerCase();
  if (p.algorithm === 'SCRYPT') {
    const parallelization = p.parallelism || 1;
    const maxmem = 256 * p.memoryCost * (p.cost + parallelization) + 65536;
    return crypto.scryptSync(password, salt, p.keyLength, { cost: p.cost, blockSize: p.memoryCost, parallelization, maxmem });
  }
  if (p.algorithm === 'ARGON2ID') {
    const { cost, memoryCost, parallelism = 1, keyLength } = p;
    if (crypto.argon2Sync !== undefined) {
      return crypto.argon2Sync('argon2id', { message: password, nonce: salt, parallelism, tagLength: keyLength, memory: memoryCost, passes: cost });
    }
    argon2 ??= require('node:module').createRequire(p.argon2)(p.argon2);
    return argon2.hashRawSync(password, { algorithm: 2, version: 1, memoryCost, timeCost: cost, parallelism, outputLen: keyLength, salt });
  }
  if (p.algorithm.startsWith('PBKDF2/')) return crypto.pbkdf2Sync(password, salt, p.cost, p.keyLength, hash);
  let key = crypto.createHash(hash).update(salt).update(password).digest();
  for (let i = 1; i < p.cost; i++) key = crypto.createHash(hash).update(key).digest();
  return key.subarray(0, p.keyLength);
}

parentPort.on('message', ({ parameters, state }) => {
  try {
    const shared = new BigInt64Array(state);
    const { keyPrefix, isText } = parameters;
    const nonce = Buffer.from(parameters.nonce, 'hex');
    const salt = Buffer.from(parameters.salt, 'hex');
    const end = Buffer.alloc(4);
    let found;
    while (Atomics.load(shared, ${END}) === 0n) {
      const limit = Atomics.load(shared, ${LIMIT});
      const hit = Atomics.load(shared, ${HIT});
      if (Atomics.load(shared, ${NEXT}) >= (hit < limit ? hit : limit)) break;
      const counter = Atomics.add(shared, ${NEXT}, 1n);
      if (counter >= limit) break;
      if (!isText) end.writeUInt32BE(Number(counter));
      const key = derive(parameters, salt, Buffer.concat([nonce, isText ? Buffer.from(String(counter)) : end])).toString('hex');
      Atomics.add(shared, ${TRIES}, 1n);
      if (!key.startsWith(keyPrefix)) continue;
      found = { counter, key };
      for (let known = hit; counter < known; ) {
        const seen = Atomics.compareExchange(shared, ${HIT}, known, counter);
        if (seen === known) break;
        known = seen;
      }
    }
    parentPort.postMessage({ found });
  } catch (error) {
    parentPort.postMessage({ error: String(error && error.message) });
  }
});
`;
