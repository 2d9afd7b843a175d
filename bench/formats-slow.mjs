// The formats whose tries take milliseconds, for bench/formats.mjs: MEGA, and the key derivation functions of ALTCHA.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { API } from 'megajs';
import { altcha, mega } from '../dist/formats/index.js';

/** The number of tries in a round. */
const MEGA_TRIES = 64;
const KEYS = 100;

/** The number of threads that derive keys, of qanto and of the library. */
const THREADS = 2;

/** A prefix that no key has. */
const parametersOf = (costs) => ({
  nonce: 'ab'.repeat(16),
  salt: 'cd'.repeat(16),
  keyLength: 32,
  keyPrefix: 'f'.repeat(64),
  ...costs,
});

async function ignore(code, search) {
  await search.catch((error) => {
    if (error.code !== code) throw error;
  });
}

let libraryThreads;

/** Threads that run altcha-lib. They are started on first use, and do not keep the process alive. */
function threadsOfLibrary() {
  libraryThreads ??= Array.from({ length: THREADS }, () => {
    const thread = new Worker(new URL('./altcha-lib-thread.mjs', import.meta.url));
    thread.unref();
    return thread;
  });
  return libraryThreads;
}

/**
 * Both derive keys on as many threads at once. The library on one thread would be no measure for functions that need much memory: there,
 * two processes of the library also take more time for each key than one.
 */
const keys = (costs) => ({
  name: `altcha v2, ${costs.algorithm}, ${THREADS} threads`,
  other: 'altcha-lib',
  goal: 0.95,
  async ours() {
    const search = altcha.v2.solve(
      { parameters: parametersOf(costs) },
      { maxHashes: KEYS, kdfConcurrency: THREADS },
    );
    await ignore('ERR_QANTO_HASH_BUDGET_SPENT', search);
    return KEYS;
  },
  async theirs() {
    const given = { parameters: parametersOf(costs), count: KEYS / THREADS };
    const answers = threadsOfLibrary().map(async (thread) => {
      thread.postMessage(given);
      const [tried] = await once(thread, 'message');
      return tried;
    });
    return (await Promise.all(answers)).reduce((sum, tried) => sum + tried, 0);
  },
});

export const SLOW_FORMATS = [
  {
    name: 'mega',
    other: 'megajs',
    goal: 2,
    async ours() {
      const challenge = mega.create({ easiness: 0 });
      await ignore(
        'ERR_QANTO_HASH_BUDGET_SPENT',
        mega.solve(challenge, { threads: 1, maxHashes: MEGA_TRIES }),
      );
      return MEGA_TRIES;
    },
    /** Its requests are answered here: the first with a challenge that takes 8 tries on average, which it solves. */
    async theirs() {
      let nonce;
      const fetch = async (_, { headers }) => {
        const answer = headers['X-Hashcash'];
        if (answer === undefined) return reply(402, { 'X-Hashcash': mega.create({ easiness: 207 }) });
        nonce = Buffer.from(answer.split(':')[2], 'base64url');
        return reply(200, {});
      };
      await new API(false, { fetch }).request({ a: 'uq' });
      // It counts up from the first byte.
      return nonce.readUInt32LE() + 1;
    },
  },
  keys({ algorithm: 'PBKDF2/SHA-256', cost: 5000 }),
  keys({ algorithm: 'SCRYPT', cost: 4096, memoryCost: 8 }),
  keys({ algorithm: 'ARGON2ID', cost: 1, memoryCost: 16_384 }),
];

function reply(status, headers) {
  return new Response('[{}]', { status, headers });
}
