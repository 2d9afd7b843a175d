import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { open, type RootDatabase } from 'lmdb';
import { checkLmdbFile, FILE_OPTIONS } from '../../../ts/dag/store/lmdb-file.ts';
import { temporaryDirectory } from './support.ts';

let directory: ReturnType<typeof temporaryDirectory>;
let path: string;

beforeEach(() => {
  directory = temporaryDirectory();
  path = join(directory.path, 'file.mdb');
});

afterEach(() => directory.remove());

const openFile = (): RootDatabase<Buffer, Buffer> =>
  open({ ...FILE_OPTIONS, path, encoding: 'binary', keyEncoding: 'binary' });

const keyOf = (number: number) => {
  const key = Buffer.alloc(4);
  key.writeUInt32BE(number);
  return key;
};

describe('the check of an LMDB file', () => {
  test('takes an absent file for a new one', () => {
    expect(() => checkLmdbFile(path)).not.toThrow();
  });

  test('finds an empty database sound', async () => {
    await openFile().close();
    expect(() => checkLmdbFile(path)).not.toThrow();
  });

  test('finds whatever LMDB leaves behind sound: values of all sizes added, replaced and removed', async () => {
    const operation = fc.record({
      key: fc.integer({ min: 1, max: 400 }),
      // Within a page, over several, or none: removed.
      length: fc.oneof(
        fc.integer({ min: 0, max: 600 }),
        fc.integer({ min: 4000, max: 30_000 }),
        fc.constant(-1),
      ),
    });
    const transactions = fc.array(fc.array(operation, { minLength: 1, maxLength: 60 }), {
      minLength: 20,
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(transactions, async (batches) => {
        const database = openFile();
        for (const [count, operations] of batches.entries()) {
          await database.batch(() => {
            // The check expects every transaction to write; removing what is not there does not.
            database.put(keyOf(0), Buffer.of(count));
            for (const { key, length } of operations) {
              if (length < 0) database.remove(keyOf(key));
              else database.put(keyOf(key), Buffer.alloc(length, key));
            }
          });
          checkLmdbFile(path);
        }
        await database.close();
        checkLmdbFile(path);
      }),
      { numRuns: 8 },
    );
  });
});
