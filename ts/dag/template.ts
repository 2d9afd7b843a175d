/** Block templates: blocks that lack only their proof of work. */
import { type Fields, refuseUnknown, requireObject } from '../check-arguments.ts';
import { InvalidArgumentError, mustBe } from '../errors.ts';
import { displayHash, toHex } from '../pow/hex.ts';
import { compactToTarget } from '../pow/targets.ts';
import { rolledVersion } from '../pow/version-rolling.ts';
import { type Block, checkPayloads, encodeBlock } from './block.ts';
import { type Coinbase, encodeCoinbase } from './coinbase.ts';
import { type Context, encodeContext, hashContext } from './context.ts';
import type { NodePreview } from './engine/views.ts';
import { encodeHeader, HEADER_VERSION, type Header } from './header.ts';
import { merkleLeaf, merkleRoot } from './merkle.ts';
import type { NetworkParams } from './params.ts';

/** The caller's part of the next block. The DAG determines the rest, such as the parents and the bits. */
export interface TemplateRequest {
  /** The address of the miner: 64 hex digits. */
  readonly address: string;
  /**
   * The payloads of the block: opaque bytes, no two of them equal, at most `maxPayloads` of at most `maxPayloadBytes`
   * each. They are copied. The default is none.
   */
  readonly payloads?: readonly Uint8Array[];
  /** The extra nonce, an unsigned 64-bit integer. The default is 0. */
  readonly extraNonce?: bigint | number;
  /**
   * Milliseconds since the Unix epoch, greater than the past median time. The default is the time that the DAG uses, which
   * differs from the clock by `info().clockOffsetMs`, or 1 ms after the past median time if that is later.
   */
  readonly timestampMs?: number;
}

/** The parts of a template that do not depend on the extra nonce. */
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
 * A block that lacks only its nonce: search for a nonce with which the digest of {@link header} meets {@link target}. A
 * template is immutable. It is stale once `virtual-changed` is emitted; a block found later is still valid, but is
 * usually merged instead of becoming a selected parent.
 */
export class BlockTemplate {
  /** The header to search: 80 bytes with nonce 0. Do not modify it. */
  readonly header: Uint8Array;
  /** The coinbase, which is the first content of the block. */
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

  /** The hash function whose digest must meet the target. */
  get algorithm(): NetworkParams['powAlgorithm'] {
    return this.#fixed.algorithm;
  }

  /** The compact form of the target. */
  get bits(): number {
    return this.#fixed.bits;
  }

  /** The target. A digest meets it if it is at most the target when read as a little-endian integer. */
  get target(): bigint {
    return compactToTarget(this.bits);
  }

  /** The context of the block, which its header commits to. */
  get context(): Context {
    return this.#fixed.context;
  }

  /** Hashes of the parents, ascending. */
  get parents(): readonly string[] {
    return this.#fixed.context.parents;
  }

  /** Hash of the parent with the greatest blue work. */
  get selectedParent(): string {
    return this.#fixed.selectedParent;
  }

  /** Copies of the requested payloads, in the same order. Do not modify them. */
  get payloads(): readonly Uint8Array[] {
    return this.#fixed.payloads;
  }

  /**
   * The block with this nonce (u32), which need not meet the target. `variant`, 0 to 15, is the variant that a search
   * with version rolling found; it determines the version. Throws `ERR_QANTO_INVALID_ARGUMENT` if the nonce or the
   * variant is out of range.
   */
  withNonce(nonce: number | bigint, variant = 0): Block {
    const version = rolledVersion(this.#header.version, variant);
    const header = { ...this.#header, version, nonce: Number(nonce) };
    const { context, payloads } = this.#fixed;
    encodeHeader(header);
    return { header, context, coinbase: this.coinbase, payloads };
  }

  /**
   * The same template with another extra nonce (u64), and therefore another header to search. Throws
   * `ERR_QANTO_INVALID_ARGUMENT` if it is not an integer from 0 to 2^64 - 1.
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
 * Builds the template of a block with these parents. `preview` is what such a block must carry. Throws
 * `ERR_QANTO_INVALID_ARGUMENT`, naming the field, if the request cannot result in a valid block.
 */
export function buildTemplate(
  network: NetworkParams,
  parents: readonly string[],
  preview: NodePreview,
  nowMs: number,
  request: TemplateRequest,
): BlockTemplate {
  requireObject('request', request);
  refuseUnknown('request', request, REQUEST_FIELDS);
  const { pastMedianTimeMs, daaScore, blueScore, blueWork, pruningPoint, chainRoot } = preview;
  const timestampMs = request.timestampMs ?? Math.max(nowMs, pastMedianTimeMs + 1);
  if (!Number.isSafeInteger(timestampMs) || timestampMs <= pastMedianTimeMs) {
    const expected = `an integer greater than the past median time ${pastMedianTimeMs}`;
    throw mustBe('timestampMs', timestampMs, expected);
  }
  const place = { daaScore, blueScore, blueWork, pruningPoint, chainRoot };
  const context = { parents: [...parents].sort(), timestampMs, ...place };
  const requested = checkPayloads(request.payloads ?? []);
  if (requested.length > network.maxPayloads) {
    throw mustBe('payloads', requested, `an array of at most ${network.maxPayloads}`);
  }
  const payloads = requested.map((payload) => new Uint8Array(payload));
  const payloadLeaves = payloads.map(merkleLeaf);
  checkPayloadLimits(payloads, payloadLeaves, network);
  const template = new BlockTemplate(
    {
      algorithm: network.powAlgorithm,
      bits: preview.expectedBits,
      context,
      contextHash: hashContext(encodeContext(context)),
      selectedParent: preview.selectedParent,
      payloads,
      payloadLeaves,
    },
    { address: request.address, extraNonce: toExtraNonce(request.extraNonce ?? 0n) },
  );
  const { length } = encodeBlock(template.withNonce(0));
  if (length > network.maxBlockBytes) {
    const expected = `small enough for a block of at most ${network.maxBlockBytes} bytes; the block would have ${length}`;
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
