// The formats whose tries take milliseconds, for bench/formats.mjs: MEGA, and the key derivation functions of ALTCHA.
import nodeCrypto from 'node:crypto';
import { hashRawSync } from '@node-rs/argon2';
import { solveChallenge } from 'altcha-lib';
import { deriveKey as argon2OfNode } from 'altcha-lib/algorithms/argon2id';
import { deriveKey as pbkdf2 } from 'altcha-lib/algorithms/pbkdf2';
import { deriveKey as scrypt } from 'altcha-lib/algorithms/scrypt';
import { API } from 'megajs';
import { altcha, mega } from '../dist/formats/index.js';

/** The number of tries in a round. */
const MEGA_TRIES = 64;
const KEYS = 100;

/** Without `crypto.argon2`, the library gets what qanto uses. */
const argon2 = 'argon2' in nodeCrypto ? argon2OfNode : argon2OfPackage;

async function argon2OfPackage({ cost, memoryCost, keyLength }, salt, password) {
  const costs = { timeCost: cost, memoryCost, parallelism: 1, outputLen: keyLength };
  return { derivedKey: hashRawSync(password, { algorithm: 2, version: 1, salt, ...costs }) };
}

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

/** Two threads take as much CPU time for a key as the library does: that is its rate times the number of threads. */
const keys = (deriveKey, costs) => ({
  name: `altcha v2, ${costs.algorithm}, 2 threads`,
  other: 'altcha-lib',
  goal: 0.95,
  async ours() {
    const search = altcha.v2.solve(
      { parameters: parametersOf(costs) },
      { maxHashes: KEYS, kdfConcurrency: 2 },
    );
    await ignore('ERR_QANTO_HASH_BUDGET_SPENT', search);
    return KEYS;
  },
  async theirs() {
    const controller = new AbortController();
    let count = 0;
    await solveChallenge({
      challenge: { parameters: parametersOf(costs) },
      controller,
      deriveKey(...given) {
        if (++count === KEYS) controller.abort();
        return deriveKey(...given);
      },
    });
    return count;
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
  keys(pbkdf2, { algorithm: 'PBKDF2/SHA-256', cost: 5000 }),
  keys(scrypt, { algorithm: 'SCRYPT', cost: 4096, memoryCost: 8 }),
  keys(argon2, { algorithm: 'ARGON2ID', cost: 1, memoryCost: 16_384 }),
];

function reply(status, headers) {
  return new Response('[{}]', { status, headers });
}
