/**
 * A job: what Stratum's `mining.notify` says about a template of the DAG, and how a miner's answer becomes a header again. The
 * header has Bitcoin's layout, in which the hash of the context takes the place of the previous block's hash. The coinbase is
 * opaque to a miner: 32 bytes of the address, then 8 bytes of extra nonce, of which the server chooses the first half for a
 * connection and the miner the second.
 */
import type { Block } from '../dag/block.ts';
import { decodeCoinbase } from '../dag/coinbase.ts';
import { decodeHeader, HEADER_BYTES } from '../dag/header.ts';
import { merkleLeaf, merkleLevels } from '../dag/merkle.ts';
import { runAtOnce } from '../dag/slices.ts';
import type { BlockTemplate } from '../dag/template.ts';
import { sha256d } from '../pow/sha256d.ts';
import { difficultyFromTarget } from '../pow/targets.ts';

export const EXTRA_NONCE_1_BYTES = 4;
export const EXTRA_NONCE_2_BYTES = 4;
const ADDRESS_BYTES = 32;
const COINBASE_BYTES = ADDRESS_BYTES + EXTRA_NONCE_1_BYTES + EXTRA_NONCE_2_BYTES;

/** The offsets of the header's fields in bytes. */
const VERSION = 0;
const CONTEXT_HASH = 4;
const CONTENT_ROOT = 36;
const TIME = 68;
const BITS = 72;
const NONCE = 76;

/** The shares of a job that are remembered, so that none counts twice. Blocks have as much room again. */
const MAX_SHARES = 20_000;

/** What a miner found. The integers are u32. */
export interface Answer {
  /** The two halves of the extra nonce: 8 bytes. */
  readonly extraNonce: Uint8Array;
  readonly time: number;
  readonly nonce: number;
  readonly version: number;
}

/** The fields of `mining.notify` behind the id of the job, in its order, without the last one. */
export type NotifyFields = readonly [
  prevHash: string,
  coinbase1: string,
  coinbase2: string,
  branch: readonly string[],
  version: string,
  bits: string,
  time: string,
];

export class Job {
  /** Text of a few characters that no other job of the server has. */
  readonly id: string;
  readonly template: BlockTemplate;
  /** The header's version without rolled bits, and its time. */
  readonly version: number;
  readonly time: number;
  /** The difficulty of a block. A share need not be harder. */
  readonly difficulty: number;
  readonly #header: Buffer;
  readonly #branch: readonly Uint8Array[];
  readonly #shares = new Set<string>();

  /** `template` may have any address: it is replaced by that of the connection. */
  constructor(id: string, template: BlockTemplate) {
    this.id = id;
    this.template = template;
    this.#header = Buffer.from(template.header);
    this.version = this.#header.readUInt32LE(VERSION);
    this.time = this.#header.readUInt32LE(TIME);
    this.difficulty = difficultyFromTarget(template.target);
    this.#branch = branchOf(template.payloads);
  }

  /** What a miner with this address (64 hex digits) is told. */
  notifyFields(address: string): NotifyFields {
    const reversed = Buffer.from(this.#header.subarray(CONTEXT_HASH, CONTENT_ROOT)).swap32();
    const branch = this.#branch.map((node) => Buffer.from(node).toString('hex'));
    const numbers = [this.version, this.#header.readUInt32LE(BITS), this.time].map(hex8);
    return [reversed.toString('hex'), address, '', branch, ...(numbers as [string, string, string])];
  }

  /** The 80 bytes of the header that a miner with this address (32 bytes) hashed. */
  headerOf(address: Uint8Array, { extraNonce, time, nonce, version }: Answer): Buffer {
    const coinbase = coinbaseOf(address, extraNonce);
    const pair = new Uint8Array(64);
    let root = merkleLeaf(coinbase);
    for (const sibling of this.#branch) {
      pair.set(root);
      pair.set(sibling, 32);
      root = sha256d(pair);
    }
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    header.set(this.#header);
    header.writeUInt32LE(version, VERSION);
    header.set(root, CONTENT_ROOT);
    header.writeUInt32LE(time, TIME);
    header.writeUInt32LE(nonce, NONCE);
    return header;
  }

  /** The block with this header. */
  blockOf(header: Uint8Array, address: Uint8Array, extraNonce: Uint8Array): Block {
    const { context, payloads } = this.template;
    const coinbase = decodeCoinbase(coinbaseOf(address, extraNonce));
    return { header: decodeHeader(header), context, coinbase, payloads };
  }

  /** Whether a share with this header was accepted before. */
  hasShare(header: Buffer): boolean {
    return this.#shares.has(header.toString('latin1'));
  }

  /** Remembers an accepted share. Returns false if there are too many. */
  addShare(header: Buffer, isBlock: boolean): boolean {
    if (this.#shares.size >= (isBlock ? 2 * MAX_SHARES : MAX_SHARES)) return false;
    this.#shares.add(header.toString('latin1'));
    return true;
  }
}

function coinbaseOf(address: Uint8Array, extraNonce: Uint8Array): Uint8Array {
  const coinbase = new Uint8Array(COINBASE_BYTES);
  coinbase.set(address);
  coinbase.set(extraNonce, ADDRESS_BYTES);
  return coinbase;
}

/** The siblings of the nodes above the coinbase, from the leaves up. The tree pairs the last node of an odd level with itself. */
function branchOf(payloads: readonly Uint8Array[]): Uint8Array[] {
  // The coinbase, whose hash is not known yet, is in no sibling. An odd level of one node is the root.
  const levels = runAtOnce(merkleLevels([new Uint8Array(32), ...payloads.map(merkleLeaf)]));
  return levels.slice(0, -1).map((level) => level[1]!);
}

/** An unsigned 32-bit integer as 8 hex digits, the most significant one first. */
export function hex8(integer: number): string {
  return integer.toString(16).padStart(8, '0');
}
