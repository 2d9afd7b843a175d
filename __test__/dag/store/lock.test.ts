import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SqliteStore, type StoreLockedError } from '../../../ts/dag/index.ts';
import { type Child, startChild, temporaryDirectory } from './support.ts';

const identity = { network: 'test', genesis: '00'.repeat(32) };

let directory: ReturnType<typeof temporaryDirectory>;
let children: Child[];

beforeEach(() => {
  directory = temporaryDirectory();
  children = [];
});

afterEach(async () => {
  await Promise.all(children.map((child) => child.kill()));
  directory.remove();
});

/** A process that tries to open the store; what it says is `open`, or the error. */
async function startHolder(): Promise<{ child: Child; said: string }> {
  const child = startChild('store/holder.mjs', directory.path);
  children.push(child);
  const { value } = await child.lines.next();
  return { child, said: value };
}

describe('a store another process holds', () => {
  test('is refused, naming the process', async () => {
    const { child, said } = await startHolder();
    expect(said).toBe('open');
    await expect(new SqliteStore(directory.path).open(identity)).rejects.toMatchObject({
      code: 'ERR_QANTO_STORE_LOCKED',
      pid: child.process.pid,
      message: expect.stringContaining(`process ${child.process.pid}`),
    });
  });

  test('is free as soon as that process was killed', async () => {
    const { child } = await startHolder();
    await child.kill();
    const store = new SqliteStore(directory.path);
    await store.open(identity);
    await store.close();
  });

  test('is free once that process has closed it', async () => {
    const { child } = await startHolder();
    child.process.stdin?.end();
    await child.lines.next();
    const { said } = await startHolder();
    expect(said).toBe('open');
  });

  test('goes to one of several that ask at once', async () => {
    const holders = await Promise.all([1, 2, 3, 4].map(() => startHolder()));
    const [holder] = holders.filter(({ said }) => said === 'open');
    const refusals = holders.filter(({ said }) => said !== 'open').map(({ said }) => JSON.parse(said));
    expect(refusals).toHaveLength(3);
    for (const { code, pid } of refusals as StoreLockedError[]) {
      expect({ code, pid }).toEqual({ code: 'ERR_QANTO_STORE_LOCKED', pid: holder?.child.process.pid });
    }
  });

  test('is not freed by those that were refused', async () => {
    const { said } = await startHolder();
    expect(said).toBe('open');
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(new SqliteStore(directory.path).open(identity)).rejects.toMatchObject({
        code: 'ERR_QANTO_STORE_LOCKED',
      });
    }
  });
});
