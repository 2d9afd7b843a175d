import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeHeader, hashHeader, type QantoDag, regtest } from '../../ts/dag/index.ts';
import { blockHeader, compactToTarget, verifyPow } from '../../ts/pow/index.ts';
import { ADDRESS, hashOf, mine, mineAndAdd, mineSiblings, openDag } from './support.ts';

let dag: QantoDag;

beforeEach(async () => {
  dag = await openDag();
  await mineAndAdd(dag, 3);
});

afterEach(() => dag.close());

describe('A template', () => {
  test('builds on the virtual parents and carries what they require', async () => {
    for (const sibling of mineSiblings(dag, 2)) await dag.addBlock(sibling);
    const { context, parents, selectedParent, bits, target, algorithm } = dag.buildTemplate({
      address: ADDRESS,
    });
    expect(parents).toEqual([...dag.tips()].sort());
    expect(selectedParent).toBe(dag.sink());
    const { blueScore, daaScore } = dag.info();
    expect(context).toMatchObject({ blueScore, daaScore });
    expect(bits).toBe(dag.info().bits);
    expect(target).toBe(compactToTarget(bits));
    expect(algorithm).toBe('sha256d');
  });

  test('has the header to search, with nonce 0, and the block that the header belongs to', () => {
    const template = dag.buildTemplate({ address: ADDRESS });
    expect(template.header).toHaveLength(80);
    expect(decodeHeader(template.header).nonce).toBe(0);
    expect(hashHeader(template.header)).toBe(hashOf(template.withNonce(0)));
    expect(decodeHeader(template.header)).toEqual(template.withNonce(0).header);
    expect(template.withNonce(7n).header).toEqual({ ...decodeHeader(template.header), nonce: 7 });
  });

  test('returns a valid block for a rolled version', async () => {
    const template = dag.buildTemplate({ address: ADDRESS });
    expect(template.withNonce(7, 15).header).toEqual({
      ...template.withNonce(7).header,
      version: 0x2001_e000,
    });
    let nonce = 0;
    const searched = blockHeader(template.header, { versionRolling: 16 });
    while (!verifyPow(searched, nonce, 15)) nonce++;
    await expect(dag.addBlock(template.withNonce(nonce, 15))).resolves.toMatchObject({ status: 'accepted' });
  });

  test('puts payloads and address into the block', async () => {
    const payloads = [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)];
    const { hash } = await dag.addBlock(mine(dag.buildTemplate({ address: ADDRESS, payloads })));
    const coinbase = { address: ADDRESS, extraNonce: 0n };
    await expect(dag.getBlock(hash)).resolves.toMatchObject({ payloads, coinbase });
  });

  test.each([
    ['a Uint8Array', Uint8Array.of(1)],
    ['a Buffer', Buffer.of(1)],
  ])('does not change if the caller changes a payload given as %s', (_, payload) => {
    const template = dag.buildTemplate({ address: ADDRESS, payloads: [payload] });
    payload[0] = 2;
    expect(template.payloads).toEqual([Uint8Array.of(1)]);
  });

  test('has another header and a valid block for another extra nonce', async () => {
    const template = dag.buildTemplate({ address: ADDRESS, payloads: [Uint8Array.of(1)] });
    const other = template.withExtraNonce(2n ** 64n - 1n);
    expect(other.header).not.toEqual(template.header);
    expect(other.context).toEqual(template.context);
    const { hash } = await dag.addBlock(mine(other));
    await expect(dag.getBlock(hash)).resolves.toMatchObject({ coinbase: { extraNonce: 2n ** 64n - 1n } });
  });

  test('is the same for the same request on the same DAG', () => {
    const request = { address: ADDRESS, extraNonce: 5, payloads: [Uint8Array.of(9)] };
    expect(dag.buildTemplate(request).header).toEqual(dag.buildTemplate(request).header);
  });
});

describe('A request for a template', () => {
  test.each([
    ['a malformed address', 'coinbase.address', { address: 'abc' }],
    ['a negative extra nonce', 'extraNonce', { extraNonce: -1 }],
    ['an extra nonce of 65 bits', 'extraNonce', { extraNonce: 2n ** 64n }],
    [
      'a timestamp that is not greater than the past median time',
      'timestampMs',
      { timestampMs: regtest.genesisTimestampMs },
    ],
    [
      'a payload that is too long',
      'payloads[0]',
      { payloads: [new Uint8Array(regtest.maxPayloadBytes + 1)] },
    ],
    ['equal payloads', 'payloads[1]', { payloads: [Uint8Array.of(1), Uint8Array.of(1)] }],
    ['a payload that is not a Uint8Array', 'payloads[0]', { payloads: ['text' as unknown as Uint8Array] }],
    [
      'more payloads than a block may have',
      'payloads',
      { payloads: Array(regtest.maxPayloads + 1).fill(Uint8Array.of(1)) },
    ],
    [
      'more bytes of payloads than fit into a block',
      'payloads',
      { payloads: Array.from({ length: 11 }, (_, byte) => new Uint8Array(100_000).fill(byte)) },
    ],
  ])('is refused for %s', (_, argument, request) => {
    expect(() => dag.buildTemplate({ address: ADDRESS, ...request })).toThrow(
      expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument }),
    );
  });

  test.each([-1, 2 ** 32, 1.5, 2n ** 32n])('is refused for a nonce of %p', (nonce) => {
    expect(() => dag.buildTemplate({ address: ADDRESS }).withNonce(nonce)).toThrow(
      expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument: 'header.nonce' }),
    );
  });

  test.each([-1, 16, 1.5])('is refused for a variant of %p', (variant) => {
    expect(() => dag.buildTemplate({ address: ADDRESS }).withNonce(0, variant)).toThrow(
      expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument: 'variant' }),
    );
  });
});
