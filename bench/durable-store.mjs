/** Blocks in the shape of a recorded DAG, put through everything a node does: decoding, all rules, the store on disk. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { genesisBlock } from '../dist/dag/genesis.js';
import { DagEngine, encodeBlock, encodeHeader, hashHeader, QantoDag } from '../dist/dag/index.js';
import { buildTemplate } from '../dist/dag/template.js';
import { blockHeader, verifyPow } from '../dist/pow/index.js';
import { timed, timedAsync } from './timed.mjs';

/** Blocks offered at a time: as many as share a transaction. */
const GROUP = 256;
const PAYLOAD_BYTES = 200;
/** Two hashes a block: what is measured is a node, not a miner. */
const EASY_BITS = 0x207fffff;

/** Encoded blocks with the parents and timestamps of the recording, and the network they are valid on. */
function blocksLike({ params, headers }) {
  const network = {
    ...params,
    name: 'recorded',
    powAlgorithm: 'sha256d',
    genesisBits: EASY_BITS,
    genesisTimestampMs: headers[0].node.timestampMs,
    // Never reached, so that the difficulty stays.
    minDifficultyWindow: params.difficultyWindow + 1,
    maxTimeAheadMs: 132_000,
    maxBlockBytes: 1_000_000,
    maxPayloadBytes: 100_000,
  };
  const genesis = genesisBlock(network);
  const engine = new DagEngine(network, { ...headers[0].node, hash: genesis.hash, bits: EASY_BITS });
  const hashes = new Map([[headers[0].node.hash, genesis.hash]]);
  const blocks = headers.slice(1).map(({ node }, index) => {
    const parents = node.parents.map((parent) => hashes.get(parent));
    const due = engine.preview(parents);
    const timestampMs = Math.max(node.timestampMs, due.pastMedianTimeMs + 1);
    const payloads = [Buffer.alloc(PAYLOAD_BYTES, index & 0xff)];
    const request = { address: 'ab'.repeat(32), timestampMs, payloads, extraNonce: index };
    const block = mined(buildTemplate(network, parents, due, timestampMs, request));
    const hash = hashHeader(encodeHeader(block.header));
    hashes.set(node.hash, hash);
    engine.add({ hash, parents, bits: EASY_BITS, timestampMs }, due);
    return block;
  });
  return { network, blocks };
}

function mined(template) {
  const pow = blockHeader(template.header);
  for (let nonce = 0; ; nonce++) if (verifyPow(pow, nonce)) return template.withNonce(nonce);
}

/** What each round took to add all blocks to a new directory, group by group, and what proof of work was of it. */
export async function benchDurableStore(recording, rounds) {
  const { network, blocks } = blocksLike(recording);
  const encoded = blocks.map(encodeBlock);
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const dataDir = mkdtempSync(join(tmpdir(), 'qanto-bench-'));
    const dag = await QantoDag.open({ network, dataDir });
    times.push(
      await timedAsync(async () => {
        for (let from = 0; from < encoded.length; from += GROUP) {
          await Promise.all(encoded.slice(from, from + GROUP).map((block) => dag.addBlock(block)));
        }
      }),
    );
    await dag.close();
    rmSync(dataDir, { recursive: true });
  }
  const headers = blocks.map(({ header }) => encodeHeader(header));
  const proofOfWork = timed(() => {
    for (const [index, header] of headers.entries()) {
      if (!verifyPow(blockHeader(header), blocks[index].header.nonce))
        throw new Error('a block without work');
    }
  });
  return { times, proofOfWork };
}
