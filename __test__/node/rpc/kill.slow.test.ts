import { expect, test } from '@jest/globals';
import { Running } from '../../cli/run.ts';
import { temporaryDirectory } from '../control/support.ts';
import { Client, mine, USER } from './support.ts';

const ROUNDS = 12;

async function start(cwd: string): Promise<{ process: Running; client: Client }> {
  const args = [
    'node',
    '--network',
    'regtest',
    '--data-dir',
    './chain',
    '--rpc',
    '127.0.0.1:0',
    '--server-enabled',
    'false',
  ];
  const variables = {
    QANTO_RPC_USER: USER.user,
    QANTO_RPC_PASSWORD: USER.password,
    QANTO_LOG_FORMAT: 'json',
  };
  const process = new Running([...args, '--threads', '1'], { cwd, variables });
  const output = await process.errorOutput(/serving JSON-RPC.*\n/);
  const [, url] = /"url":"(http:[^"]+)"/.exec(output)!;
  const client = new Client(url!, `${USER.user}:${USER.password}`);
  await client.call('pause');
  return { process, client };
}

/** Submits blocks until the node is gone. Returns the hashes of those that were acknowledged. */
async function submitAll(client: Client, acknowledged: Set<string>): Promise<void> {
  for (;;) {
    const { hex, hash } = mine(await client.call('getblocktemplate'));
    if ((await client.call('submitblock', hex)) === null) acknowledged.add(hash);
  }
}

test('SIGKILL at any time loses no block that submitblock has acknowledged', async () => {
  const cwd = temporaryDirectory();
  const acknowledged = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    const { process, client } = await start(cwd);
    const before = acknowledged.size;
    const miners = Array.from({ length: 4 }, () => submitAll(client, acknowledged).catch(() => {}));
    while (acknowledged.size < before + 5 + 7 * round) await new Promise(setImmediate);
    process.child.kill('SIGKILL');
    await Promise.all([...miners, process.finished]);
  }
  const { process, client } = await start(cwd);
  for (const hash of acknowledged) expect((await client.call('getblock', hash)).hash).toBe(hash);
  expect(acknowledged.size).toBeGreaterThanOrEqual(ROUNDS * 5);
  process.child.kill('SIGINT');
  expect((await process.finished).code).toBe(0);
});
