// A thread that derives keys with altcha-lib, for bench/formats-slow.mjs. It answers each challenge when it has tried `count` counters.
import nodeCrypto from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { hashRawSync } from '@node-rs/argon2';
import { solveChallenge } from 'altcha-lib';
import { deriveKey as argon2OfNode } from 'altcha-lib/algorithms/argon2id';
import { deriveKey as pbkdf2 } from 'altcha-lib/algorithms/pbkdf2';
import { deriveKey as scrypt } from 'altcha-lib/algorithms/scrypt';

/** Without `crypto.argon2`, the library gets what qanto uses. */
const argon2 = 'argon2' in nodeCrypto ? argon2OfNode : argon2OfPackage;

async function argon2OfPackage({ cost, memoryCost, keyLength }, salt, password) {
  const costs = { timeCost: cost, memoryCost, parallelism: 1, outputLen: keyLength };
  return { derivedKey: hashRawSync(password, { algorithm: 2, version: 1, salt, ...costs }) };
}

const FUNCTIONS = { 'PBKDF2/SHA-256': pbkdf2, SCRYPT: scrypt, ARGON2ID: argon2 };

parentPort.on('message', async ({ parameters, count }) => {
  const controller = new AbortController();
  const deriveKey = FUNCTIONS[parameters.algorithm];
  let tried = 0;
  await solveChallenge({
    challenge: { parameters },
    controller,
    deriveKey(...given) {
      if (++tried === count) controller.abort();
      return deriveKey(...given);
    },
  });
  parentPort.postMessage(tried);
});
