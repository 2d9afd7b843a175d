/** Puts blocks in the shape of a recorded DAG through everything that a node does: decoding, all rules, the store on disk. */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timed, timedAsync } from './timed.mjs';

/** The number of blocks that are added at once, which is the number that share a transaction. */
const GROUP = 256;
const PAYLOAD_BYTES = 200;
/** Two hashes per block, because this measures a node and not a miner. */
const EASY_BITS = 0x207fffff;

/** The number of blocks that are added one at a time. */
const SINGLES = 500;
/** About the length of the header and the context of a block. */
const HEAD_BYTES = 300;

/** Blocks with the parents and timestamps of the recording, and the network on which they are valid. */
export function blocksLike(build, { params, headers }) {
  const { DagEngine, buildTemplate, encodeHeader, genesisBlock, hashHeader } = build;
  const network = {
    ...params,
    name: 'recorded',
    powAlgorithm: 'sha256d',
    genesisBits: EASY_BITS,
    genesisTimestampMs: headers[0].node.timestampMs,
    // This window is never reached, so the difficulty stays constant.
    minDifficultyWindow: params.difficultyWindow + 1,
    maxTimeAheadMs: 132_000,
    maxBlockBytes: 1_000_000,
    maxPayloads: 10_000,
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
    const block = mined(build, buildTemplate(network, parents, due, timestampMs, request));
    const hash = hashHeader(encodeHeader(block.header));
    hashes.set(node.hash, hash);
    engine.add({ hash, parents, bits: EASY_BITS, timestampMs }, due);
    return block;
  });
  return { network, blocks };
}

function mined({ blockHeader, verifyPow }, template) {
  const pow = blockHeader(template.header);
  for (let nonce = 0; ; nonce++) if (verifyPow(pow, nonce)) return template.withNonce(nonce);
}

/** The time of each round, which adds all blocks to a new directory in groups, and the part that proof of work takes. */
export async function benchDurableStore(build, { network, blocks }, rounds) {
  const { QantoDag, blockHeader, encodeBlock, encodeHeader, verifyPow } = build;
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

/**
 * The wall time of adding blocks one at a time, each when the one before is on disk, in µs. In turn with that, the time of a
 * transaction of another store with the same bytes, and of writing them to the end of a file and flushing it.
 */
export async function benchSingleBlocks(build, { network, blocks }) {
  const { QantoDag, SqliteStore, LmdbStore, encodeBlock, encodeHeader, hashHeader } = build;
  const dataDir = mkdtempSync(join(tmpdir(), 'qanto-bench-'));
  const dag = await QantoDag.open({ network, dataDir: join(dataDir, 'dag') });
  const store = new (SqliteStore ?? LmdbStore)(join(dataDir, 'store'));
  await store.open({ network: 'bench', genesis: '00'.repeat(32) });
  const file = openSync(join(dataDir, 'plain-file'), 'w');
  const times = { singlesUs: [], transactionsUs: [], flushesUs: [] };
  for (const block of blocks.slice(0, SINGLES)) {
    const bytes = encodeBlock(block);
    const hash = hashHeader(encodeHeader(block.header));
    const stored = { hash, head: bytes.subarray(1, HEAD_BYTES), body: bytes.subarray(HEAD_BYTES) };
    const added = await timedAsync(() => dag.addBlock(bytes));
    const transaction = await timedAsync(() => store.append([stored]));
    const flush = timed(() => {
      writeSync(file, bytes);
      fdatasyncSync(file);
    });
    times.singlesUs.push(added.wallUs);
    times.transactionsUs.push(transaction.wallUs);
    times.flushesUs.push(flush.wallUs);
  }
  closeSync(file);
  await store.close();
  await dag.close();
  rmSync(dataDir, { recursive: true });
  return times;
}
