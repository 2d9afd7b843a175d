/**
 * The records of a block file, and what says whose they are. One tree; the first byte of a key says what its value is:
 *
 * | key                  | value                                                       |
 * |----------------------|-------------------------------------------------------------|
 * | 0                    | identity: 4 bytes of checksum, then JSON                     |
 * | 1                    | number of blocks ever appended, of blocks held: two u32     |
 * | 2, u32 number        | hash (32 bytes), header (80 bytes), context                 |
 * | 3, u32 number        | coinbase and payloads; empty when they were pruned          |
 * | 4, hash (32 bytes)   | number of the block, u32                                    |
 * | 5                    | the chain's state                                           |
 * | 6, u32 number        | what the chain knows a block by whose past was pruned       |
 * | 7, u32 number        | what 2 was, of a block that is archived                     |
 *
 * Integers are big-endian so that keys sort by number. Blocks are numbered from 0 in the order of acceptance. Schema 1 had
 * 0 to 4 only, and one number under 1.
 */
import type { RootDatabase } from 'lmdb';
import { sha256d } from '../../pow/sha256d.ts';
import { StoreDamagedError, StoreSchemaTooNewError, StoreWrongNetworkError } from './errors.ts';
import { describeIdentity, STORE_SCHEMA, type StoreIdentity } from './store.ts';

const IDENTITY = Buffer.of(0);
export const COUNT = Buffer.of(1);
export const HEAD = 2;
export const BODY = 3;
const NUMBER = 4;
export const STATE = Buffer.of(5);
export const TRUSTED = 6;
export const ARCHIVED_HEAD = 7;

export const HASH_BYTES = 32;
const CHECKSUM_BYTES = 4;

export interface Counts {
  readonly appended: number;
  readonly held: number;
}

/**
 * How many blocks the file holds of this chain; undefined when it is new. Throws when it is another chain's. A file of an
 * older schema becomes one of this schema.
 */
export async function readCounts(
  database: RootDatabase<Buffer, Buffer>,
  location: string,
  identity: StoreIdentity,
): Promise<Counts | undefined> {
  const record = database.get(IDENTITY);
  const count = database.get(COUNT);
  if (record === undefined && count === undefined && database.getKeysCount({ limit: 1 }) === 0)
    return undefined;
  const found = parseIdentity(record);
  if (!found) throw new StoreDamagedError(location, 'the record that says whose chain it holds is damaged');
  if (found.schema > STORE_SCHEMA) throw new StoreSchemaTooNewError(location, found.schema, STORE_SCHEMA);
  if (found.network !== identity.network || found.genesis !== identity.genesis) {
    throw new StoreWrongNetworkError(location, describeIdentity(found), describeIdentity(identity));
  }
  if (count?.length !== (found.schema === 1 ? 4 : 8)) {
    throw new StoreDamagedError(location, 'the number of its blocks is missing');
  }
  const appended = count.readUInt32BE();
  const counts = { appended, held: found.schema === 1 ? appended : count.readUInt32BE(4) };
  if (database.get(keyOfNumber(HEAD, appended)) !== undefined) {
    throw new StoreDamagedError(location, `it says it was given ${appended} blocks and holds more`);
  }
  if (found.schema < STORE_SCHEMA) await writeIdentity(database, identity, counts);
  return counts;
}

export async function writeIdentity(
  database: RootDatabase<Buffer, Buffer>,
  { network, genesis }: StoreIdentity,
  counts: Counts,
): Promise<void> {
  const json = Buffer.from(JSON.stringify({ schema: STORE_SCHEMA, network, genesis }));
  await database.batch(() => {
    database.put(IDENTITY, Buffer.concat([checksum(json), json]));
    database.put(COUNT, countsRecord(counts));
  });
}

export function countsRecord({ appended, held }: Counts): Buffer {
  return Buffer.concat([uint32(appended), uint32(held)]);
}

function parseIdentity(record: Buffer | undefined): (StoreIdentity & { schema: number }) | undefined {
  if (record === undefined) return undefined;
  const json = record.subarray(CHECKSUM_BYTES);
  return checksum(json).equals(record.subarray(0, CHECKSUM_BYTES)) ? JSON.parse(json.toString()) : undefined;
}

function checksum(bytes: Uint8Array): Buffer {
  return Buffer.from(sha256d(bytes).subarray(0, CHECKSUM_BYTES));
}

export function keyOfNumber(kind: number, number: number): Buffer {
  const key = Buffer.alloc(5);
  key[0] = kind;
  key.writeUInt32BE(number, 1);
  return key;
}

export function keyOfHash(hash: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(NUMBER), hash]);
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
