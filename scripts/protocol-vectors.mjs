#!/usr/bin/env node
// Prints docs/protocol-vectors.json: what this implementation makes of docs/protocol.md, for other implementations to
// check theirs by. `npm run protocol:vectors` writes the file.
import { createHash } from 'node:crypto';
import { genesisBlock } from '../dist/dag/genesis.js';
import {
  DagEngine,
  devnet,
  encodeBlock,
  encodeHeader,
  hashHeader,
  MemoryStore,
  QantoDag,
  regtest,
} from '../dist/dag/index.js';
import { merkleLeaf, merkleRoot } from '../dist/dag/merkle.js';
import { seededEnvironment } from '../dist/environment.js';
import { blockHeader, verifyPow } from '../dist/pow/index.js';
import { compactToTarget, targetToCompact, workFromCompact, workFromTarget } from '../dist/pow/targets.js';
import { digest } from '../dist/pow/verify.js';

const ADDRESS = 'ab'.repeat(32);
/** Siblings mined on one template, round after round. */
const ROUNDS = [1, 3, 1, 2, 1];
const DAG_BLOCKS = 96;
/** Which random numbers: with these every rule makes a difference somewhere, that of kosherizing blues too. */
const DAG_SERIES = 24;
/** Small enough that every rule has its say within {@link DAG_BLOCKS} blocks. */
const DAG_PARAMS = {
  ghostdagK: 2,
  maxParents: 4,
  mergeSetLimit: 5,
  targetTimePerBlockMs: 1000,
  difficultyWindow: 6,
  difficultySampleRate: 2,
  minDifficultyWindow: 3,
  pastMedianTimeWindow: 14,
  pastMedianTimeSampleRate: 1,
  pruning: { finalityDepth: 60, mergeDepth: 15, pruningDepth: 136 },
};

const hex = (bytes) => Buffer.from(bytes).toString('hex');
const hexU32 = (value) => `0x${value.toString(16).padStart(8, '0')}`;
const hexU256 = (value) => value.toString(16).padStart(64, '0');

/** Compact bits to target and work; null where the bits mean no target. */
function compactBits() {
  const all = [
    0x1d00ffff, 0x207fffff, 0x1f00ffff, 0x1b0404cb, 0x03123456, 0x02123456, 0x01120000, 0x04123456,
    0x2100ffff, 0x01003456, 0x00123456, 0x03000000, 0x04923456, 0x01800000, 0x2101ffff, 0xff123456,
  ];
  return all.map((bits) => {
    try {
      const target = hexU256(compactToTarget(bits));
      return { bits: hexU32(bits), target, work: workFromCompact(bits).toString() };
    } catch (error) {
      if (error.code !== 'ERR_QANTO_INVALID_ARGUMENT') throw error;
      return { bits: hexU32(bits), target: null };
    }
  });
}

/** Targets to compact bits, which keep the upper bits alone. */
function targets() {
  const all = [1n, 0x7fn, 0x80n, 0x1234n, 0x8000n, 0x123456n, 0x800000n, 0x12345678n, 0xffffffn << 100n];
  return [...all, 2n ** 236n, 2n ** 255n - 1n, 2n ** 256n - 1n].map((target) => ({
    target: hexU256(target),
    bits: hexU32(targetToCompact(target)),
    work: workFromTarget(target).toString(),
  }));
}

function contentRoots() {
  return [1, 2, 3, 4, 5, 7].map((count) => {
    const contents = Array.from({ length: count }, (_, i) => Buffer.from(`content ${i}`));
    return { contents: contents.map(hex), root: hex(merkleRoot(contents.map(merkleLeaf))) };
  });
}

/** Headers with every field at some value of its own; their digests under both algorithms. */
function headers() {
  const fields = [
    { version: 0x20000000, time: 1_735_689_600, bits: 0x1f00ffff, nonce: 0 },
    { version: 0x3fffe000, time: 0, bits: 0x207fffff, nonce: 1 },
    { version: 0x2000a000, time: 0xffffffff, bits: 0x03123456, nonce: 0xffffffff },
  ];
  return fields.map((given, i) => {
    const header = {
      ...given,
      contextHash: hex(sha256(`context ${i}`)),
      contentRoot: hex(sha256(`contents ${i}`)),
    };
    const bytes = encodeHeader(header);
    return {
      ...header,
      version: hexU32(header.version),
      bits: hexU32(header.bits),
      bytes: hex(bytes),
      hash: hashHeader(bytes),
      blake3: hex(digest('blake3', bytes)),
    };
  });
}

function genesis(network) {
  const { hash, block } = genesisBlock(network);
  return { parameters: network, hash, block: hex(encodeBlock(block)) };
}

/** Blocks of regtest in the order they were accepted, with payloads, siblings, merges and a rolled version. */
async function minedChain() {
  const dag = await openRegtest();
  const blocks = [];
  for (const [round, siblings] of ROUNDS.entries()) {
    const payloads = Array.from({ length: round }, (_, i) => Buffer.from(`round ${round} payload ${i}`));
    const template = dag.buildTemplate({ address: ADDRESS, payloads });
    for (let sibling = 0; sibling < siblings; sibling++) {
      const block = mined(template.withExtraNonce(sibling), round);
      const { hash } = await dag.addBlock(block);
      blocks.push({ hash, block: hex(encodeBlock(block)) });
    }
  }
  const order = [...dag.order()];
  await dag.close();
  return { network: 'regtest', blocks, order };
}

function openRegtest() {
  return QantoDag.open({
    network: 'regtest',
    store: new MemoryStore(),
    environment: seededEnvironment(42),
  });
}

function mined(template, variant) {
  for (let nonce = 0; ; nonce++) {
    const block = template.withNonce(nonce, variant);
    if (verifyPow(blockHeader(encodeHeader(block.header)), nonce)) return block;
  }
}

/** The last block of the chain with one thing changed, each with the first rule it breaks. */
async function refused({ blocks }) {
  const bytes = Buffer.from(blocks.at(-1).block, 'hex');
  const changed = (change) => {
    const copy = Buffer.from(bytes);
    return change(copy) ?? copy;
  };
  const parents = bytes.readUInt8(81);
  const context = { start: 81, end: 81 + 57 + 32 * parents };
  const candidates = [
    changed((copy) => Buffer.concat([copy, Buffer.of(0)])),
    changed((copy) => copy.subarray(0, -1)),
    changed((copy) => void copy.writeUInt8(2, 0)),
    changed((copy) => void copy.writeUInt32LE(0x60000000, 1)),
    changed((copy) => void copy.copy(copy, 82, 114, 146)),
    changed((copy) => void copy.set([...bytes.subarray(114, 146), ...bytes.subarray(82, 114)], 82)),
    changed((copy) => void copy.writeUInt32LE(copy.readUInt32LE(69) + 601, 69)),
    changed((copy) => void copy.writeUInt32LE(copy.readUInt32LE(69) - 1, 69)),
    changed((copy) => void copy.writeUInt8(copy[context.end - 1] ^ 1, context.end - 1)),
    changed((copy) => void copy.writeUInt8(copy.at(-1) ^ 1, copy.length - 1)),
    changed((copy) => void copy.writeUInt8(copy.at(-1) ^ 64, copy.length - 1)),
    changed((copy) => void copy.writeUInt32LE(0x04923456, 73)),
    changed((copy) => void copy.writeUInt32LE(0x03123456, 73)),
  ];
  const dag = await openRegtest();
  for (const { block } of blocks.slice(0, -1)) await dag.addBlock(Buffer.from(block, 'hex'));
  const refusals = [];
  for (const block of candidates) {
    const code = await dag.addBlock(block).then(
      ({ status }) => status,
      (error) => error.code,
    );
    refusals.push({ code, block: hex(block) });
  }
  await dag.close();
  return refusals;
}

/**
 * A DAG of nodes without headers, which claim the due bits, and what each must carry; blocks are named by their places in
 * the list. Besides, sets of parents that the limits refuse.
 */
function dag() {
  const random = randomNumbers();
  const hashOf = (number) => hex(sha256(`block ${number}`));
  const genesis = { hash: hashOf(0), parents: [], bits: 0x1f00ffff, timestampMs: 1_000_000 };
  const engine = new DagEngine(DAG_PARAMS, genesis);
  const hashes = [genesis.hash];
  const place = (hash) => hashes.indexOf(hash);
  const blocks = [{ hash: genesis.hash, parents: [], bits: hexU32(genesis.bits), timestampMs: 1_000_000 }];
  const refusedParents = [];

  while (blocks.length < DAG_BLOCKS) {
    const parents = someParents(engine, hashes, random);
    let due;
    try {
      due = engine.preview(parents);
    } catch (error) {
      refusedParents.push({ parents: parents.map(place), code: error.code });
      continue;
    }
    const timestampMs = due.pastMedianTimeMs + 1 + random(2400);
    const hash = hashOf(blocks.length);
    engine.add({ hash, parents, bits: due.expectedBits, timestampMs });
    hashes.push(hash);
    blocks.push({
      hash,
      parents: parents.map(place),
      bits: hexU32(due.expectedBits),
      timestampMs,
      selectedParent: place(due.selectedParent),
      blues: due.mergeSetBlues.map(place),
      reds: due.mergeSetReds.map(place),
      blueScore: due.blueScore,
      blueWork: due.blueWork.toString(),
      daaScore: due.daaScore,
      pastMedianTimeMs: due.pastMedianTimeMs,
    });
  }
  engine.updateVirtual();
  return {
    parameters: DAG_PARAMS,
    blocks,
    refusedParents,
    virtual: { parents: engine.virtualParents().map(place), order: [...engine.order()].map(place) },
  };
}

/** One to four blocks, recent ones mostly, hardly ever one in the past of another. */
function someParents(engine, hashes, random) {
  const chosen = [];
  const count = 1 + random(4);
  for (let i = 0; i < count; i++) {
    const reach = random(3) === 0 ? 30 : 5;
    const parent = hashes.at(-1 - random(Math.min(reach, hashes.length)));
    const related = (other) => engine.isAncestor(parent, other) || engine.isAncestor(other, parent);
    // Now and then a set that is to be refused.
    const anyway = random(30) === 0 && !chosen.includes(parent);
    if (anyway || !chosen.some(related)) chosen.push(parent);
  }
  return chosen;
}

/** Numbers below a limit: of SHA-256, so that every machine draws the same. */
function randomNumbers() {
  let drawn = 0;
  return (limit) => sha256(`draw ${DAG_SERIES} ${drawn++}`).readUInt32LE() % limit;
}

function sha256(text) {
  return createHash('sha256').update(text).digest();
}

/** JSON with what is short on a line of its own. */
function jsonLines(value, indent = '') {
  const short = JSON.stringify(value);
  if (typeof value !== 'object' || value === null || short.length <= 100) return short;
  const inner = `${indent}  `;
  const isArray = Array.isArray(value);
  const entries = Object.entries(value).map(
    ([key, entry]) => inner + (isArray ? '' : `${JSON.stringify(key)}: `) + jsonLines(entry, inner),
  );
  return `${isArray ? '[' : '{'}\n${entries.join(',\n')}\n${indent}${isArray ? ']' : '}'}`;
}

const chain = await minedChain();
const vectors = {
  about: 'Made by scripts/protocol-vectors.mjs; docs/protocol.md says what each value is.',
  compactBits: compactBits(),
  targets: targets(),
  contentRoots: contentRoots(),
  headers: headers(),
  genesis: [devnet, regtest].map(genesis),
  chain,
  refused: await refused(chain),
  dag: dag(),
};
console.log(jsonLines(vectors));
