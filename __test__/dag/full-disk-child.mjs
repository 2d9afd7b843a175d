// Mines blocks with payloads into a directory until the file system refuses one, then says what it was told and how
// many blocks were acknowledged before.
import { QantoDag } from '../../dist/dag/index.js';
import { mineRegtest } from './mine-regtest.mjs';

const [dataDir] = process.argv.slice(2);
const dag = await QantoDag.open({ network: 'regtest', dataDir });
const codes = [];
let acknowledged = 0;
while (codes.length < 2) {
  const payloads = [new Uint8Array(20_000).fill(acknowledged)];
  const template = dag.buildTemplate({ address: 'cd'.repeat(32), payloads });
  try {
    await dag.addBlock(mineRegtest(template));
    acknowledged += 1;
  } catch (error) {
    codes.push(error.code);
  }
}
const { blockCount } = dag.info();
await dag.close();
process.stdout.write(`${JSON.stringify({ codes, acknowledged, blockCount })}\n`);
