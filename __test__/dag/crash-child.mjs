// Mines on the DAG in a directory until it is killed, forks included, and writes a line for every block the DAG has
// acknowledged, group by group.
import { QantoDag } from '../../dist/dag/index.js';
import { mineRegtest } from './mine-regtest.mjs';

const [dataDir, groupSize] = process.argv.slice(2);
const dag = await QantoDag.open({ network: 'regtest', dataDir });
process.stdout.write('ready\n');

for (let round = 0; ; round++) {
  const siblings = 1 + (round % Number(groupSize));
  const payloads = [new Uint8Array((round * 997) % 20_000)];
  const template = dag.buildTemplate({ address: 'cd'.repeat(32), payloads });
  const blocks = Array.from({ length: siblings }, (_, index) => mineRegtest(template.withExtraNonce(index)));
  const added = await Promise.all(blocks.map((block) => dag.addBlock(block)));
  process.stdout.write(added.map(({ hash }) => `${hash}\n`).join(''));
}
