/**
 * Kills a node with a Stratum server, or its miner, at any time. `npm run campaign -- stratum` runs many rounds; the slow suite
 * runs a hundredth of them with a fixed seed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { regtest } from '../../ts/dag/index.ts';
import { openNode } from '../../ts/node/control/source.ts';
import { inheritedVariables, Running } from '../cli/run.ts';
import { seededRandom } from '../dag/engine/support.ts';
import { temporaryDirectory } from '../dag/store/support.ts';

const SEED = Number(process.env['QANTO_STRATUM_SEED'] ?? 42);
const FIRST = Number(process.env['QANTO_STRATUM_FIRST'] ?? 0);
/** The number of kills. */
const ROUNDS = Number(process.env['QANTO_STRATUM_KILLS'] ?? 10);
/** Rounds in one directory, each after the crash of the one before. */
const ROUNDS_PER_DIRECTORY = 10;
/** A kill comes a random time after a random number of blocks, which takes a few jobs at most. */
const MOST_BLOCKS = 24;
const LONGEST_MOMENT_MS = 10;
const USER = `${'ab'.repeat(32)}.rig`;
const IS_FOUND = 'a worker found a block';
const IS_REFUSED = 'the DAG refused a block that a worker found';

let directory: ReturnType<typeof temporaryDirectory>;
let dataDir: string;
/** Hashes of the blocks that the log of a node reports, and of those whose shares were answered with true. */
let reported: Set<string>;
let answered: Set<string>;
/** The blocks that the DAG refused: for these, true acknowledges a share only. */
let refused: Set<string>;
let running: { kill(): Promise<void> }[];

function startOver(): void {
  directory = temporaryDirectory();
  dataDir = path.join(directory.path, 'chain');
  reported = new Set();
  answered = new Set();
  refused = new Set();
  running = [];
}

async function endDirectory(): Promise<void> {
  await Promise.all(running.map((one) => one.kill()));
  directory.remove();
}

beforeEach(startOver);
afterEach(endDirectory);

async function startNode() {
  const flags = ['--network', 'regtest', '--data-dir', dataDir, '--threads', '1', '--json'];
  const servers = ['--stratum', '--stratum-port', '0', '--server-enabled', 'false', '--log-format', 'json'];
  const node = new Running(['node', ...flags, ...servers], { cwd: directory.path });
  const kill = async () => {
    node.child.kill('SIGKILL');
    await node.finished;
  };
  running.push({ kill });
  const log = await node.errorOutput(/"listening for miners".*"message":"mining"/s);
  const port = /stratum\+tcp:\/\/127\.0\.0\.1:(\d+)/.exec(log)![1]!;
  // On regtest, the miner of the node would add a thousand blocks a second.
  await call('miner.pause');
  return {
    node,
    port,
    /** Kills it, and reads what its log reported. Throws if it was gone already. */
    async kill() {
      await kill();
      const { signal, stderr } = await node.finished;
      expect(signal).toBe('SIGKILL');
      // Of the last line, only a part may have been written.
      for (const line of stderr.split('\n').slice(0, -1)) {
        const { message, hash } = JSON.parse(line) as { message: string; hash?: string };
        if (message === IS_FOUND) reported.add(hash!);
        if (message === IS_REFUSED) refused.add(hash!);
      }
    },
  };
}

/** Starts a miner. `blocks(n)` resolves when it has n more blocks. */
async function startMiner(port: string) {
  const child = spawn(process.execPath, [path.join('__test__', 'stratum', 'kill-miner.mjs'), port, USER], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: inheritedVariables(),
  });
  const closed = once(child, 'close');
  const lines = createInterface({ input: child.stdout });
  let count = -1;
  let onLine = () => {};
  lines.on('line', (line) => {
    const [word, hash] = line.split(' ');
    if (word === 'true' && hash?.length === 64) answered.add(hash);
    count += 1;
    onLine();
  });
  const blocks = (wanted: number) =>
    new Promise<void>((resolve, reject) => {
      onLine = () => count >= wanted && resolve();
      onLine();
      closed.then(() => reject(new Error(`the miner ended after ${count} blocks`)));
    });
  const kill = async () => {
    child.kill('SIGKILL');
    await closed;
  };
  running.push({ kill });
  await blocks(0);
  return { blocks, kill };
}

async function call(method: string, params: object = {}): Promise<unknown> {
  const source = await openNode({ network: regtest, dataDir });
  try {
    return await source.call(method, params);
  } finally {
    await source.close();
  }
}

/** Asks the running node for each block that was acknowledged. Returns those that it does not have. */
async function missing(): Promise<string[]> {
  const source = await openNode({ network: regtest, dataDir });
  const lost: string[] = [];
  for (const hash of new Set([...reported, ...answered])) {
    if (refused.has(hash)) continue;
    await source.call('dag.block', { hash }).catch((error: { code?: string }) => {
      if (error.code !== 'ERR_QANTO_BLOCK_NOT_FOUND') throw error;
      lost.push(hash);
    });
  }
  await source.close();
  return lost;
}

test(
  `A node has every block that it acknowledged after the node or its miner was killed at any time (${ROUNDS} rounds)`,
  async () => {
    const counts = { nodes: 0, miners: 0, blocks: 0 };
    let node = await startNode();
    for (let round = FIRST; round < FIRST + ROUNDS; round++) {
      const random = seededRandom(SEED * 1_000_003 + round);
      const isNodeKilled = random() < 0.7;
      const blocks = Math.floor(random() * MOST_BLOCKS);
      const momentMs = random() * LONGEST_MOMENT_MS;
      const before = answered.size;
      const miner = await startMiner(node.port);
      await miner.blocks(blocks);
      await delay(momentMs);
      if (isNodeKilled) {
        await node.kill();
        await miner.kill();
        node = await startNode();
      } else {
        await miner.kill();
      }
      expect({ round, seed: SEED, lost: await missing() }).toEqual({ round, seed: SEED, lost: [] });
      counts[isNodeKilled ? 'nodes' : 'miners'] += 1;
      counts.blocks += answered.size - before;
      if ((round - FIRST + 1) % ROUNDS_PER_DIRECTORY === 0 && round + 1 < FIRST + ROUNDS) {
        await node.kill();
        await endDirectory();
        startOver();
        node = await startNode();
      }
    }
    await node.kill();
    expect(reported.size).toBeGreaterThan(0);
    expect(counts.nodes).toBeGreaterThan(ROUNDS / 4);
    expect(counts.blocks).toBeGreaterThan(ROUNDS * 4);
    if (process.env['QANTO_STRATUM_SEED'] !== undefined) {
      process.stdout.write(
        `killed ${counts.nodes} nodes and ${counts.miners} miners; ${counts.blocks} blocks were acknowledged\n`,
      );
    }
  },
  ROUNDS * 60_000,
);
