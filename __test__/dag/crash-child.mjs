// Mines on the DAG in a directory until it is killed, forks included, and writes a line for every block the DAG has
// acknowledged, group by group: the block, then its hash, so that a line that was cut off shows.
import { encodeBlock, QantoDag } from '../../dist/dag/index.js';
import { mineRegtest } from './mine-regtest.mjs';

const [dataDir, groupSize, network] = process.argv.slice(2);
const dag = await QantoDag.open({ network: JSON.parse(network), dataDir });
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
  // Before anything else is acknowledged, so that what is lost in a kill is of one group.
  await new Promise((resolve) => process.stdout.write(lines.join(''), resolve));
}
