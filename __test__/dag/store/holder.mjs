// Opens the store in a directory, writes `open` or the error, and keeps the store open until its standard input ends.
import { SqliteStore } from '../../../dist/dag/index.js';

const [directory] = process.argv.slice(2);
const store = new SqliteStore(directory);
try {
  await store.open({ network: 'test', genesis: '00'.repeat(32) });
  process.stdout.write('open\n');
  for await (const _ of process.stdin);
  await store.close();
} catch (error) {
  process.stdout.write(`${JSON.stringify({ code: error.code, pid: error.pid, message: error.message })}\n`);
}
