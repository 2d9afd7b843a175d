/** A block that lacks only its proof of work. */
import { type Fields, refuseUnknown, requireObject } from '../check-arguments.ts';
import { InvalidArgumentError, mustBe } from '../errors.ts';
import { displayHash, toHex } from '../pow/hex.ts';
import { compactToTarget } from '../pow/targets.ts';
import { rolledVersion } from '../pow/version-rolling.ts';
import { type Block, checkPayloads, encodeBlock } from './block.ts';
import { type Coinbase, encodeCoinbase } from './coinbase.ts';
import { type Context, encodeContext, hashContext } from './context.ts';
import type { NodePreview } from './engine/types.ts';
import { encodeHeader, HEADER_VERSION, type Header } from './header.ts';
import { merkleLeaf, merkleRoot } from './merkle.ts';
import type { NetworkParams } from './params.ts';

/** What the next block is to be. The rest, its parents and its bits, is the DAG's to say. */
export interface TemplateRequest {
  /** Who mines the block: 64 hex digits. */
  readonly address: string;
  /**
   * Opaque bytes for the block to carry, no two of them equal, each at most `maxPayloadBytes`. They are copied.
   * Default none.
   */
  readonly payloads?: readonly Uint8Array[];
  /** Unsigned, 64 bits. Default 0. */
  readonly extraNonce?: bigint | number;
  /**
   * Milliseconds since the Unix epoch, above the past median time. Default: the clock, or just above the past median
   * time where the clock is not.
   */
  readonly timestampMs?: number;
}

/** What a template's extra nonce does not change. */
interface Fixed {
  readonly algorithm: NetworkParams['powAlgorithm'];
  readonly bits: number;
  readonly context: Context;
  readonly contextHash: string;
  readonly selectedParent: string;
  readonly payloads: readonly Uint8Array[];
  readonly payloadLeaves: readonly Uint8Array[];
}

/**
 * A block that lacks only its nonce: search {@link header} for one that meets {@link target}. Immutable. Stale as
 * soon as `virtual-changed` is emitted: a block found after that is still valid, and merged instead of built upon.
 */
export class BlockTemplate {
  /** The 80 bytes to search, nonce zero. Not to be written to. */
  readonly header: Uint8Array;
  /** The first content. */
  readonly coinbase: Coinbase;
  readonly #fixed: Fixed;
  readonly #header: Header;

  constructor(fixed: Fixed, coinbase: Coinbase) {
    this.coinbase = coinbase;
    this.#fixed = fixed;
    const coinbaseLeaf = merkleLeaf(encodeCoinbase(coinbase));
    this.#header = {
      version: HEADER_VERSION,
      contextHash: fixed.contextHash,
      contentRoot: displayHash(merkleRoot([coinbaseLeaf, ...fixed.payloadLeaves])),
      time: Math.floor(fixed.context.timestampMs / 1000),
      bits: fixed.bits,
      nonce: 0,
    };
    this.header = encodeHeader(this.#header);
  }

  /** The hash that must meet the target. */
  get algorithm(): NetworkParams['powAlgorithm'] {
    return this.#fixed.algorithm;
  }

  /** Compact form of the target. */
  get bits(): number {
    return this.#fixed.bits;
  }

  /** A digest that, read as a little-endian integer, is at most this is a hit. */
  get target(): bigint {
    return compactToTarget(this.bits);
  }

  /** The block's place in the DAG, as its header commits to it. */
  get context(): Context {
    return this.#fixed.context;
  }

  /** Hashes of the parents, ascending. */
  get parents(): readonly string[] {
    return this.#fixed.context.parents;
  }

  /** Hash of the heaviest parent. */
  get selectedParent(): string {
    return this.#fixed.selectedParent;
  }

  /** Copies of what was asked for, in that order. Not to be written to. */
  get payloads(): readonly Uint8Array[] {
    return this.#fixed.payloads;
  }

  /**
   * The block with this nonce (u32), which need not be a hit. `variant`, 0 to 15, is that of a search with version
   * rolling and gives the block its version. Throws `ERR_QANTO_INVALID_ARGUMENT` for a nonce or variant that is none.
   */
  withNonce(nonce: number | bigint, variant = 0): Block {
    const version = rolledVersion(this.#header.version, variant);
    const header = { ...this.#header, version, nonce: Number(nonce) };
    const { context, payloads } = this.#fixed;
    encodeHeader(header);
    return { header, context, coinbase: this.coinbase, payloads };
  }

  /**
   * The same template with another extra nonce (u64), and so another header to search. Throws `ERR_QANTO_INVALID_ARGUMENT` for
   * one that is no integer from 0 to 2^64 - 1.
   */
  withExtraNonce(extraNonce: number | bigint): BlockTemplate {
    return new BlockTemplate(this.#fixed, { ...this.coinbase, extraNonce: toExtraNonce(extraNonce) });
  }
}

const REQUEST_FIELDS: Fields<TemplateRequest> = {
  address: true,
  payloads: true,
  extraNonce: true,
  timestampMs: true,
};

/**
 * The template of a block on these parents. `due` is what they call for. Throws `ERR_QANTO_INVALID_ARGUMENT`, naming the
 * field, for a request no valid block can come of.
 */
export function buildTemplate(
  network: NetworkParams,
  parents: readonly string[],
  due: NodePreview,
  nowMs: number,
  request: TemplateRequest,
): BlockTemplate {
  requireObject('request', request);
  refuseUnknown('request', request, REQUEST_FIELDS);
  const { pastMedianTimeMs, daaScore, blueScore, blueWork } = due;
  const timestampMs = request.timestampMs ?? Math.max(nowMs, pastMedianTimeMs + 1);
  if (!Number.isSafeInteger(timestampMs) || timestampMs <= pastMedianTimeMs) {
    const expected = `an integer greater than the past median time ${pastMedianTimeMs}`;
    throw mustBe('timestampMs', timestampMs, expected);
  }
  const context = { parents: [...parents].sort(), timestampMs, daaScore, blueScore, blueWork };
  const payloads = checkPayloads(request.payloads ?? []).map((payload) => new Uint8Array(payload));
  const payloadLeaves = payloads.map(merkleLeaf);
  checkPayloadLimits(payloads, payloadLeaves, network);
  const template = new BlockTemplate(
    {
      algorithm: network.powAlgorithm,
      bits: due.expectedBits,
      context,
      contextHash: hashContext(encodeContext(context)),
      selectedParent: due.selectedParent,
      payloads,
      payloadLeaves,
    },
    { address: request.address, extraNonce: toExtraNonce(request.extraNonce ?? 0n) },
  );
  const { length } = encodeBlock(template.withNonce(0));
  if (length > network.maxBlockBytes) {
    const expected = `small enough for a block of ${network.maxBlockBytes} bytes; it would have ${length}`;
    throw mustBe('payloads', payloads, expected);
  }
  return template;
}

function checkPayloadLimits(
  payloads: readonly Uint8Array[],
  leaves: readonly Uint8Array[],
  network: NetworkParams,
): void {
  const seen = new Set<string>();
  for (const [index, payload] of payloads.entries()) {
    if (payload.length > network.maxPayloadBytes) {
      throw mustBe(`payloads[${index}]`, payload, `at most ${network.maxPayloadBytes} bytes`);
    }
    if (seen.size === seen.add(toHex(leaves[index]!)).size) {
      const argument = `payloads[${index}]`;
      const problem = `${argument} is equal to an earlier payload, and no two payloads of a block may be equal`;
      throw new InvalidArgumentError(argument, payload, problem);
    }
  }
}

function toExtraNonce(extraNonce: number | bigint): bigint {
  const isInteger = typeof extraNonce === 'bigint' || Number.isSafeInteger(extraNonce);
  if (isInteger && extraNonce >= 0 && BigInt(extraNonce) < 1n << 64n) return BigInt(extraNonce);
  throw mustBe('extraNonce', extraNonce, 'an integer from 0 to 2^64 - 1');
}
