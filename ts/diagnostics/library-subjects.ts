/** Other libraries as subjects: a loop over a hash function on the JavaScript thread. */

import * as crypto from 'node:crypto';
import type { Algorithm } from 'qanto';
import { HEADER_BYTES, type Subject } from './subject.ts';

type HashFunction = (bytes: Uint8Array) => Uint8Array;

/** A library with hash functions. */
export interface Library {
  readonly name: string;
  readonly sha256: HashFunction;
  readonly blake3?: HashFunction;
}

/** Loads the installed libraries. `missing` has the names of those that are not installed. */
export async function loadLibraries(): Promise<{ libraries: Library[]; missing: string[] }> {
  const libraries: Library[] = [nodeCrypto()];
  const missing: string[] = [];
  for (const [name, load] of Object.entries({ 'hash-wasm': hashWasm, '@noble/hashes': nobleHashes })) {
    try {
      libraries.push(await load());
    } catch (error) {
      if (!isNotFound(error)) throw error;
      missing.push(name);
    }
  }
  return { libraries, missing };
}

/** A loop over the library's hash function; undefined if the library does not have the algorithm. */
export function librarySubject(library: Library, algorithm: Algorithm): Subject | undefined {
  const hash = hashOf(library, algorithm);
  if (!hash) return undefined;
  const header = new Uint8Array(HEADER_BYTES).fill(7);
  const view = new DataView(header.buffer);
  let nonce = 0;
  return {
    name: library.name,
    algorithm,
    versions: 1,
    threads: 1,
    hash(count) {
      for (let done = 0; done < count; done++) {
        view.setUint32(HEADER_BYTES - 4, nonce, true);
        nonce = (nonce + 1) >>> 0;
        const digest = hash(header);
        // Checks the four most significant bytes of the digest first, which is cheap and rejects nearly all digests.
        if ((digest[31]! | digest[30]! | digest[29]! | digest[28]!) === 0 && isAllZero(digest)) {
          throw new Error(`${library.name} returned a digest of zeros`);
        }
      }
    },
  };
}

function isAllZero(digest: Uint8Array): boolean {
  return digest.every((byte) => byte === 0);
}

/** The library's function for an algorithm; undefined if it has none. */
export function hashOf({ sha256, blake3 }: Library, algorithm: Algorithm): HashFunction | undefined {
  switch (algorithm) {
    case 'blake3':
      return blake3;
    case 'sha256':
      return sha256;
    case 'sha256d':
      return (bytes) => sha256(sha256(bytes));
    default:
      return undefined;
  }
}

function nodeCrypto(): Library {
  // crypto.hash exists since Node 20.12 and 21.7. It is about twice as fast as creating an object for each hash.
  const oneShot = 'hash' in crypto;
  return {
    name: 'node:crypto',
    sha256: oneShot
      ? (bytes) => crypto.hash('sha256', bytes, 'buffer')
      : (bytes) => crypto.createHash('sha256').update(bytes).digest(),
  };
}

async function hashWasm(): Promise<Library> {
  const { createBLAKE3, createSHA256 } = await import('hash-wasm');
  const [sha256, blake3] = [await createSHA256(), await createBLAKE3()];
  return {
    name: 'hash-wasm',
    sha256: (bytes) => sha256.init().update(bytes).digest('binary'),
    blake3: (bytes) => blake3.init().update(bytes).digest('binary'),
  };
}

async function nobleHashes(): Promise<Library> {
  const [{ sha256 }, { blake3 }] = [
    await import('@noble/hashes/sha2.js'),
    await import('@noble/hashes/blake3.js'),
  ];
  return { name: '@noble/hashes', sha256, blake3: (bytes) => blake3(bytes) };
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}
