/** Runs `qanto solve` and `qanto verify` with a format in this process, and has the published vectors that several tests use. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { type Outcome, runHere } from './in-process.ts';

export let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'qanto-formats-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Writes a file, and returns its path. */
export function file(name: string, content: string | Uint8Array): string {
  const written = path.join(folder, name);
  writeFileSync(written, content);
  return written;
}

export const printed = ({ stdout }: Outcome) => JSON.parse(stdout);
export const solve = (format: string, ...args: string[]) =>
  runHere('solve', '--format', format, ...args, '--json');
export const verify = (format: string, ...args: string[]) =>
  runHere('verify', '--format', format, ...args, '--json');

export const NANO_ROOT = '718CC2121C3E641059BC1C2CFC45666C99E8AE922F7A807B7D07B62C995D79E2';
export const NOSTR = {
  id: '000006d8c378af1779d2feebc7603a125d99eca0ccf1085959b307f64e5dd358',
  pubkey: 'a48380f4cfcc1ad5378294fcac36439770f9c878dd880ffa94bb74ea54a6f243',
  created_at: 1651794653,
  kind: 1,
  tags: [['nonce', '776797', '20']],
  content: "It's just me mining my own business",
};
export const ALTCHA = {
  algorithm: 'SHA-512',
  challenge:
    '19bd483a5b2ded66f15b7bc820da57df47df35cc65af1d84921f3d4739afaa6e7df6f85a28194cf34fab3a914c645349c1ae39d8c948a3129c5795e8802040f9',
  number: 123456,
  salt: '00112233445566778899aabb?expires=4102444800&',
  signature:
    'd00207bcac841c9d0f11b46ff01b0f6baac3b95d12e6eba78bc06eaece56959ae5b68ef7c0cbb837f913226bf7ff716712ab3e44d3f58db5d333f3d601074858',
};
export const PAYLOAD = Buffer.from(JSON.stringify(ALTCHA)).toString('base64');
export const STAMP = '1:20:1303030600:adam@cypherspace.org::McMybZIhxKXu57jd:ckvi';
