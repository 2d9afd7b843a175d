// A CommonJS program.
const assert = require('node:assert/strict');
const { solvePow, verifyPow } = require('qanto');
const { DagEngine } = require('qanto/dag');

const template = {
  algorithm: 'blake3',
  preimage: Buffer.alloc(28, 7),
  nonce: { offset: 20, encoding: 'u64le' },
  target: 2n ** 242n,
};
solvePow(template).then(({ nonce }) => {
  assert(verifyPow(template, nonce));
  assert.equal(typeof DagEngine, 'function');
  process.stdout.write('ok\n');
});
