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

/** A process that tries to open the store. It writes `open` or the error. */
async function startHolder(): Promise<{ child: Child; output: string }> {
  const child = startChild('store/holder.mjs', directory.path);
  children.push(child);
  const { value } = await child.lines.next();
  return { child, output: value };
}

describe('A store that another process uses', () => {
  test('is refused with an error that names the process', async () => {
    const { child, output } = await startHolder();
    expect(output).toBe('open');
    await expect(new SqliteStore(directory.path).open(identity)).rejects.toMatchObject({
      code: 'ERR_QANTO_STORE_LOCKED',
      pid: child.process.pid,
      message: expect.stringContaining(`process ${child.process.pid}`),
    });
  });

  test('can be opened as soon as that process is killed', async () => {
    const { child } = await startHolder();
    await child.kill();
    const store = new SqliteStore(directory.path);
    await store.open(identity);
    await store.close();
  });

  test('can be opened once that process has closed it', async () => {
    const { child } = await startHolder();
    child.process.stdin?.end();
    await child.lines.next();
    const { output } = await startHolder();
    expect(output).toBe('open');
  });

  test('can be opened by only one of several processes that try at the same time', async () => {
    const holders = await Promise.all([1, 2, 3, 4].map(() => startHolder()));
    const [holder] = holders.filter(({ output }) => output === 'open');
    const refusals = holders
      .filter(({ output }) => output !== 'open')
      .map(({ output }) => JSON.parse(output));
    expect(refusals).toHaveLength(3);
    for (const { code, pid } of refusals as StoreLockedError[]) {
      expect({ code, pid }).toEqual({ code: 'ERR_QANTO_STORE_LOCKED', pid: holder?.child.process.pid });
    }
  });

  test('stays locked after other processes were refused', async () => {
    const { output } = await startHolder();
    expect(output).toBe('open');
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(new SqliteStore(directory.path).open(identity)).rejects.toMatchObject({
        code: 'ERR_QANTO_STORE_LOCKED',
      });
    }
  });
});
