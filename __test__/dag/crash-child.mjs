// Mines on the DAG in a directory until it is killed, forks included, and writes a line for every block the DAG has
// acknowledged, group by group.
import { encodeHeader, hashHeader, QantoDag } from '../../dist/dag/index.js';

const [dataDir, groupSize] = process.argv.slice(2);
const dag = await QantoDag.open({ network: 'regtest', dataDir });
process.stdout.write('ready\n');

for (let round = 0; ; round++) {
  const siblings = 1 + (round % Number(groupSize));
  const payloads = [new Uint8Array((round * 997) % 20_000)];
  const template = dag.buildTemplate({ address: 'cd'.repeat(32), payloads });
  const blocks = Array.from({ length: siblings }, (_, index) => mine(template.withExtraNonce(index)));
  const added = await Promise.all(blocks.map((block) => dag.addBlock(block)));
  process.stdout.write(added.map(({ hash }) => `${hash}\n`).join(''));
}

/** Regtest's target is 2^255 - 1: a hash meets it unless its greatest bit is set. */
function mine(template) {
  for (let nonce = 0; ; nonce++) {
    const block = template.withNonce(nonce);
    if (Number.parseInt(hashHeader(encodeHeader(block.header))[0], 16) < 8) return block;
  }
}
