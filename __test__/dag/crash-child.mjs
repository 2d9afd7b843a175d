// Mines blocks and forks on the DAG in a directory until it is killed. Writes a line for every acknowledged block,
// group by group: the block, then its hash, so that a truncated line is detected. With a fourth argument, it kills itself when
// the store has been pruned for the first time.
import { SCHEDULE } from '../../dist/dag/checkpoint/checkpointer.js';
import { encodeBlock, QantoDag, SqliteStore } from '../../dist/dag/index.js';
import { mineRegtest } from './mine-regtest.mjs';

const [dataDir, groupSize, network, isKilledByPruning] = process.argv.slice(2);

/** A store that does not survive its first pruning. */
class MortalStore extends SqliteStore {
  async prune(pruning) {
    await super.prune(pruning);
    process.kill(process.pid, 'SIGKILL');
  }
}

// Checkpoints are written all the time, so that kills interrupt them too.
SCHEDULE.intervalMs = 0;
const store = isKilledByPruning ? new MortalStore(dataDir) : new SqliteStore(dataDir);
const dag = await QantoDag.open({ network: JSON.parse(network), store });
dag.on('pruned', () => process.stdout.write('pruned\n'));
process.stdout.write('ready\n');

for (let round = 0; ; round++) {
  const siblings = 1 + (round % Number(groupSize));
  const payloads = [new Uint8Array((round * 997) % 20_000)];
  const template = dag.buildTemplate({ address: 'cd'.repeat(32), payloads });
  const blocks = Array.from({ length: siblings }, (_, index) => mineRegtest(template.withExtraNonce(index)));
  const added = await Promise.all(blocks.map((block) => dag.addBlock(block)));
  const lines = added.map(({ hash }, index) => {
    return `${Buffer.from(encodeBlock(blocks[index])).toString('base64')} ${hash}\n`;
  });
  // Write before anything else is acknowledged, so that a kill loses lines of one group at most.
  await new Promise((resolve) => process.stdout.write(lines.join(''), resolve));
}
