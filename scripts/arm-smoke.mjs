// Uses qanto in Node.js for another architecture, which an emulator may run: it searches, verifies, cancels, and keeps a store.
// `node --test` would start processes, which an emulator does not follow, so these few tests have a runner of their own.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QantoDag } from '../dist/dag/index.mjs';
import {
  availableKernels,
  blockHeader,
  compactToTarget,
  platform,
  solvePow,
  verifyPow,
  verifyPowBatch,
} from '../dist/index.mjs';
import { Miner } from '../dist/miner/index.mjs';

/** The header of Bitcoin's first block. The last four bytes are the nonce. */
const GENESIS = Buffer.from(
  '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c',
  'hex',
);
const NONCE = 2_083_236_893n;

const tests = {
  'has the kernels of the architecture'() {
    const { architecture, kernels } = platform();
    assert.equal(architecture, 'arm64');
    assert.deepEqual(kernels, ['sha2', 'neon', 'portable']);
  },

  async 'finds the nonce of the first block of Bitcoin with every kernel'() {
    const template = { ...blockHeader(GENESIS), target: compactToTarget(0x1d00ffff) };
    assert.equal(verifyPow(template, NONCE), true);
    assert.equal(verifyPow(template, NONCE - 1n), false);
    for (const kernel of availableKernels()) {
      const { nonce } = await solvePow(template, { startNonce: NONCE - 20_000n, kernel, timeoutMs: 120_000 });
      assert.equal(nonce, NONCE, kernel);
    }
  },

  async 'verifies many answers as it verifies each of them'() {
    for (const [algorithm, bits] of Object.entries({ sha1: 160, sha256: 256, sha256d: 256, sha512: 512 })) {
      const template = { ...blockHeader(GENESIS), algorithm, target: 2n ** BigInt(bits - 1) };
      const answers = Array.from({ length: 99 }, (_, nonce) => ({ template, nonce }));
      const each = answers.map(({ nonce }) => verifyPow(template, nonce));
      // Every second digest meets the target on average.
      assert.ok(each.includes(true) && each.includes(false), algorithm);
      assert.deepEqual(await verifyPowBatch(answers), each, algorithm);
    }
  },

  async 'cancels a search'() {
    const controller = new AbortController();
    const search = solvePow({ ...blockHeader(GENESIS), target: 1n }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 200);
    await assert.rejects(search, { code: 'ABORT_ERR' });
  },

  async 'mines a block into a store and finds it there again'() {
    const dataDir = mkdtempSync(join(tmpdir(), 'qanto-'));
    try {
      const dag = await QantoDag.open({ network: 'regtest', dataDir });
      const miner = new Miner(dag, { address: 'ab'.repeat(32) });
      miner.start();
      const [{ hash }] = await once(miner, 'mined');
      await miner.stop();
      await dag.close();
      const reopened = await QantoDag.open({ network: 'regtest', dataDir });
      assert.ok(await reopened.getBlock(hash));
      await reopened.close();
    } finally {
      rmSync(dataDir, { recursive: true });
    }
  },
};

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    await test();
    console.log(`ok ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`not ok ${name}`);
    console.log(error);
  }
}
console.log(`${Object.keys(tests).length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
