/** The command `qanto mine --connect`: what it refuses before it connects, and how it mines for a node. */
import { once } from 'node:events';
import { expect, jest, test } from '@jest/globals';
import { program } from '../../ts/cli/program.ts';
import { type BlockAdded, MemoryStore, QantoDag } from '../../ts/dag/index.ts';
import { StratumServer } from '../../ts/stratum/index.ts';
import { runHere } from './in-process.ts';

const URL = 'stratum+tcp://127.0.0.1:1';
const USER = 'ab'.repeat(32);

test.each([
  [['--connect', URL], '--connect needs --user'],
  [['--user', USER], '--user needs --connect'],
  [['--password', 'x'], '--password needs --connect'],
  [['--connect', URL, '--user', USER, '--data-dir', 'here'], '--data-dir means nothing with --connect'],
  [['--connect', URL, '--user', USER, '--config', 'file.json'], '--config means nothing with --connect'],
])('The command mine %j is refused: %s', async (args, message) => {
  const { code, error } = await runHere('mine', ...args);
  expect(code).toBe(2);
  expect(String(error)).toContain(message);
});

test.each([
  'http://127.0.0.1:3333',
  'stratum2+tcp://127.0.0.1:3333',
  '127.0.0.1',
  'stratum+tcp://127.0.0.1:70000',
])('The address %s is refused, naming the flag and what is supported', async (url) => {
  const { code, error } = await runHere('mine', '--connect', url, '--user', USER);
  expect(code).toBe(2);
  expect(error).toMatchObject({ code: 'ERR_QANTO_INVALID_ARGUMENT' });
  expect(String(error)).toMatch(/--connect.*stratum\+tcp/s);
});

test('The command mines blocks for a node that are credited to its user, and ends with a summary when nobody reads it any more', async () => {
  const dag = await QantoDag.open({ network: 'regtest', store: new MemoryStore() });
  const server = await StratumServer.listen(dag, { port: 0 });
  let printed = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
  const silent = jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
  try {
    const isCredited = async () => {
      const [{ hash }] = (await once(dag, 'block-added')) as [BlockAdded];
      expect((await dag.getBlock(hash))?.coinbase.address).toBe(USER);
    };
    const url = `stratum+tcp://127.0.0.1:${server.port}`;
    await runUntil(isCredited, 'mine', '--connect', url, '--user', `${USER}.rig`, '--threads', '1', '--json');
  } finally {
    write.mockRestore();
    silent.mockRestore();
    await server.close();
    await dag.close();
  }
  const summary = JSON.parse(printed.trim().split('\n').at(-1)!) as { state: string; hashes: number };
  expect(summary.state).toBe('stopped');
  expect(summary.hashes).toBeGreaterThan(0);
});

/** Runs a command until the promise has resolved, and then as if the reader of stdout had closed it. */
async function runUntil(ends: () => Promise<void>, ...args: string[]): Promise<void> {
  const stdoutClosed = new AbortController();
  const running = program(stdoutClosed.signal).parseAsync(args, { from: 'user' });
  try {
    await ends();
  } finally {
    stdoutClosed.abort();
    await running;
  }
}
