// The packed forms of verifyPowBatch: many nonces of one template, and messages that contain their nonces.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  ALGORITHMS,
  type Algorithm,
  blockHeader,
  compactToTarget,
  type HitRule,
  NONCE_ENCODINGS,
  type Template,
  verifyPow,
  verifyPowBatch,
} from '../../ts/pow/index.ts';

const header = {
  algorithm: 'sha256d',
  preimage: new Uint8Array(80).fill(7),
  nonce: { offset: 76, encoding: 'u32le' },
  target: 2n ** 255n,
} satisfies Template;

const bytes = (booleans: readonly boolean[]) => Uint8Array.from(booleans, Number);

const rules: fc.Arbitrary<bigint | HitRule> = fc.oneof(
  fc.bigInt({ min: 1n, max: 2n ** 160n - 1n }),
  fc.integer({ min: 0, max: 3 }).map((leadingZeroBits) => ({ leadingZeroBits })),
  fc.constantFrom('0', '7', 'fF').map((hexPrefix) => ({ hexPrefix })),
  fc.uint8Array({ minLength: 1, maxLength: 2 }).map((equals) => ({ equals })),
  fc.record({
    atLeast: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    width: fc.constant(8),
    endian: fc.constantFrom('little', 'big'),
  }),
);

/** BLAKE2b has digests of several lengths. */
const algorithms: fc.Arbitrary<{ algorithm: Algorithm; digestLength?: number }> = fc
  .tuple(fc.constantFrom(...ALGORITHMS), fc.option(fc.integer({ min: 20, max: 64 })))
  .map(([algorithm, length]) =>
    algorithm === 'blake2b' && length !== null ? { algorithm, digestLength: length } : { algorithm },
  );

/** A template, and numbers that its encoding has. */
const nonces = fc
  .record({
    algorithm: algorithms,
    preimage: fc.uint8Array({ minLength: 8, maxLength: 300 }),
    encoding: fc.constantFrom(...NONCE_ENCODINGS),
    width: fc.integer({ min: 1, max: 16 }),
    target: rules,
    offset: fc.nat(),
    numbers: fc.array(fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(63)), { maxLength: 60 }),
    versions: fc.option(fc.integer({ min: 1, max: 16 })),
  })
  .map(({ algorithm, preimage, encoding, width, target, offset, numbers, versions }) => {
    const length = encoding.startsWith('u32') ? 4 : encoding.startsWith('u64') ? 8 : 0;
    const at = offset % (preimage.length - length + 1);
    const hasWidth = encoding === 'decimal-fixed' || encoding === 'hex';
    const rolls = versions !== null && length === 4 && at >= 4;
    const last = {
      ...{ u32le: 2n ** 32n - 1n, u32be: 2n ** 32n - 1n },
      ...{ 'decimal-fixed': 10n ** BigInt(width) - 1n, hex: 16n ** BigInt(width) - 1n },
    }[encoding as string];
    const template: Template = {
      ...{ ...algorithm, preimage, target },
      nonce: { offset: at, encoding, ...(hasWidth && { width }) },
      ...(rolls && { versionRolling: versions }),
    };
    // Numbers of every length, as far as the encoding has them.
    const fitting = numbers.map(([number, shift]) => (number >> BigInt(shift)) % ((last ?? 2n ** 64n) + 1n));
    return {
      template,
      numbers: fitting,
      ...(rolls && { variants: Uint8Array.from(fitting, (number) => Number(number % BigInt(versions))) }),
    };
  });

describe('verifyPowBatch() of the nonces of one template', () => {
  test('says of every nonce what verifyPow says', async () => {
    await fc.assert(
      fc.asyncProperty(nonces, async ({ template, numbers, variants }) => {
        const expected = bytes(numbers.map((nonce, i) => verifyPow(template, nonce, variants?.[i])));
        const of = (nonces: Uint32Array | BigUint64Array) =>
          verifyPowBatch({ template, nonces, ...(variants && { variants }) });
        expect(await of(BigUint64Array.from(numbers))).toEqual(expected);
        if (numbers.every((nonce) => nonce < 2n ** 32n)) {
          expect(await of(Uint32Array.from(numbers, Number))).toEqual(expected);
        }
      }),
    );
  });

  test.each([
    ['u32le', undefined, 2n ** 32n - 1n],
    ['u32be', undefined, 2n ** 32n - 1n],
    ['u64le', undefined, 2n ** 64n - 1n],
    ['decimal', undefined, 2n ** 64n - 1n],
    ['decimal-fixed', 3, 999n],
    ['decimal-fixed', 12, 10n ** 12n - 1n],
    ['decimal-fixed', 20, 2n ** 64n - 1n],
    ['hex', 2, 255n],
    ['hex', 8, 2n ** 32n - 1n],
    ['hex', 9, 2n ** 36n - 1n],
    ['hex', 16, 2n ** 64n - 1n],
  ])(
    'takes the nonces of %s (width %p) up to the last one, and names one that is larger',
    async (encoding, width, last) => {
      const template = { ...header, nonce: { offset: 4, encoding, ...(width !== undefined && { width }) } };
      const list = [0n, last, last - 1n, last / 2n];
      const verdicts = await verifyPowBatch({ template, nonces: BigUint64Array.from(list) });
      expect(verdicts).toEqual(bytes(list.map((nonce) => verifyPow(template, nonce))));
      if (last === 2n ** 64n - 1n) return;
      for (const above of [last + 1n, last + 2n ** 32n, 2n ** 64n - 1n]) {
        await expect(
          verifyPowBatch({ template, nonces: BigUint64Array.from([0n, last, above]) }),
        ).rejects.toMatchObject({
          ...{ code: 'ERR_QANTO_INVALID_ARGUMENT', argument: 'answers.nonces[2]', value: above },
          message: expect.stringContaining(
            `answers.nonces[2] must be an integer from 0 to ${last} (${encoding})`,
          ),
        });
      }
      if (last >= 2n ** 32n - 1n) return;
      await expect(
        verifyPowBatch({ template, nonces: Uint32Array.from([0, Number(last), Number(last) + 1]) }),
      ).rejects.toMatchObject({ argument: 'answers.nonces[2]', value: Number(last) + 1 });
    },
  );

  const rolling = { ...header, versionRolling: 3 };
  test.each<[string, unknown]>([
    ['answers.nonces', { template: header, nonces: [1, 2] }],
    ['answers.nonces', { template: header, nonces: new Uint8Array(4) }],
    ['answers.nonces', { template: header, nonces: new BigInt64Array(4) }],
    ['answers.template', { nonces: new Uint32Array(1) }],
    ['answers.template.algorithm', { template: { ...header, algorithm: 'md5' }, nonces: new Uint32Array(1) }],
    ['answers.template.target', { template: { ...header, target: 0n }, nonces: new Uint32Array(1) }],
    ['answers.template.targt', { template: { ...header, targt: 1n }, nonces: new Uint32Array(0) }],
    ['answers.nonse', { template: header, nonces: new Uint32Array(1), nonse: 1 }],
    ['answers.messages', { template: header, nonces: new Uint32Array(1), messages: new Uint8Array(80) }],
    ['answers.variants', { template: rolling, nonces: new Uint32Array(2) }],
    ['answers.variants', { template: rolling, nonces: new Uint32Array(2), variants: new Uint8Array(1) }],
    ['answers.variants', { template: rolling, nonces: new Uint32Array(2), variants: [0, 1] }],
    ['answers.variants[1]', { template: rolling, nonces: new Uint32Array(2), variants: Uint8Array.of(2, 3) }],
    ['answers.variants[0]', { template: header, nonces: new Uint32Array(1), variants: Uint8Array.of(1) }],
  ])('rejects with an error about %s, and verifies nothing', async (argument, answers) => {
    await expect(verifyPowBatch(answers as never)).rejects.toMatchObject({
      ...{ code: 'ERR_QANTO_INVALID_ARGUMENT', argument },
      message: expect.stringContaining(argument.replace(/^answers\.(template\.(?=targt))?/, '')),
    });
  });
});

/** Complete messages of one length. */
const messages = fc
  .record({
    algorithm: algorithms,
    length: fc.oneof(fc.constantFrom(1, 28, 55, 64, 80, 111, 120), fc.integer({ min: 1, max: 300 })),
    count: fc.integer({ min: 0, max: 70 }),
    target: rules,
  })
  .chain(({ length, count, ...rest }) =>
    fc
      .uint8Array({ minLength: length * count, maxLength: length * count })
      .map((messages) => ({ ...rest, messages, messageLength: length })),
  );

/** Compact bits of targets that a large part of all digests meets, if the digest has this length. */
const easyBits = (digestLength: number) => (mantissa: number) =>
  (digestLength + 1) * 2 ** 24 + mantissa * 256;

/** A message as a template, and a nonce that overwrites its last bytes with what they are. There is none if it is too short. */
function asAnswer(message: Uint8Array, rest: Pick<Template, 'algorithm' | 'digestLength' | 'target'>) {
  if (message.length >= 4) {
    const offset = message.length - 4;
    const nonce = new DataView(message.buffer, message.byteOffset).getUint32(offset, true);
    return { template: { ...rest, preimage: message, nonce: { offset, encoding: 'u32le' } }, nonce };
  }
  return undefined;
}

const split = (bytes: Uint8Array, length: number) =>
  Array.from({ length: bytes.length / length }, (_, i) => bytes.slice(i * length, (i + 1) * length));

describe('verifyPowBatch() of messages', () => {
  test('says of every message what verifyPow says', async () => {
    await fc.assert(
      fc.asyncProperty(messages, async ({ algorithm, messages, messageLength, target }) => {
        const verdicts = await verifyPowBatch({ ...algorithm, messages, messageLength, target });
        const list = split(messages, messageLength);
        expect(verdicts).toHaveLength(list.length);
        list.forEach((message, i) => {
          const answer = asAnswer(message, { ...algorithm, target });
          if (answer) expect(verdicts[i]).toBe(Number(verifyPow(answer.template, answer.nonce)));
        });
      }),
    );
  });

  test('compares every message with the target of its own compact bits', async () => {
    const bits = fc.array(
      fc.integer({ min: 0x20, max: 0xff }).map((byte) => byte * 256),
      { minLength: 1, maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(
        messages,
        bits,
        fc.nat(),
        async ({ algorithm, messages, messageLength }, mantissas, place) => {
          const length = messageLength + 8;
          const compactOffset = place % (length - 7);
          const digestLength =
            algorithm.digestLength ??
            { sha1: 20, sha512: 64, sha512d: 64, blake2b: 64 }[algorithm.algorithm as string] ??
            32;
          const list = split(messages, messageLength).map((message, i) => {
            const bytes = new Uint8Array(length);
            bytes.set(message);
            const compact = easyBits(digestLength)((mantissas[(i >> 2) % mantissas.length] as number) / 256);
            new DataView(bytes.buffer).setUint32(compactOffset, compact, true);
            return { bytes, compact };
          });
          const verdicts = await verifyPowBatch({
            ...algorithm,
            ...{
              messages: Buffer.concat(list.map(({ bytes }) => bytes)),
              messageLength: length,
              compactOffset,
            },
          });
          const expected = list.map(({ bytes, compact }) => {
            const answer = asAnswer(bytes, { ...algorithm, target: { compact } });
            return answer ? verifyPow(answer.template, answer.nonce) : false;
          });
          expect(verdicts).toEqual(bytes(expected));
        },
      ),
    );
  });

  test('verifies the headers of a chain as blockHeader does', async () => {
    const headers = new Uint8Array(80 * 100);
    const view = new DataView(headers.buffer);
    for (let i = 0; i < 100; i++) {
      view.setUint32(80 * i, i, true);
      view.setUint32(80 * i + 72, i < 50 ? 0x207fffff : 0x203fffff, true);
      view.setUint32(80 * i + 76, 7 * i, true);
    }
    const verdicts = await verifyPowBatch({
      ...{ algorithm: 'sha256d', messages: headers, messageLength: 80, compactOffset: 72 },
    });
    const expected = split(headers, 80).map((header, i) => verifyPow(blockHeader(header), 7 * i));
    expect(verdicts).toEqual(bytes(expected));
    expect(expected).toContain(true);
    expect(verdicts.indexOf(0)).toBe(expected.indexOf(false));
    expect(compactToTarget(0x207fffff)).toBeGreaterThan(compactToTarget(0x203fffff));
  });

  const list = { algorithm: 'sha256d', messages: new Uint8Array(160), messageLength: 80, target: 1n };
  const compact = { algorithm: 'sha256d', messages: new Uint8Array(160), messageLength: 80 };
  const withBits = (bits: number) => {
    const messages = new Uint8Array(240);
    const view = new DataView(messages.buffer);
    for (const at of [72, 152]) view.setUint32(at, 0x1d00ffff, true);
    view.setUint32(232, bits, true);
    return { algorithm: 'sha256d', messages, messageLength: 80, compactOffset: 72 };
  };
  test.each<[string, unknown]>([
    ['answers', {}],
    ['answers', null],
    ['answers', 'x'],
    ['answers.algorithm', { ...list, algorithm: 'md5' }],
    ['answers.digestLength', { ...list, digestLength: 32 }],
    ['answers.digestLength', { ...list, algorithm: 'blake2b', digestLength: 65 }],
    ['answers.messages', { ...list, messages: [1] }],
    ['answers.messages', { ...list, messages: new Uint8Array(161) }],
    ['answers.messages', { ...list, messages: new Uint16Array(80) }],
    ['answers.messageLength', { ...list, messageLength: 0 }],
    ['answers.messageLength', { ...list, messageLength: 65_537 }],
    ['answers.messageLength', { ...list, messageLength: 0.5 }],
    ['answers.messageLength', { ...list, messageLength: undefined }],
    ['answers.target', { ...list, target: undefined }],
    ['answers.target', { ...list, target: 0n }],
    ['answers.target', { ...list, target: 2n ** 256n }],
    ['answers.target.hexPrefix', { ...list, target: { hexPrefix: '' } }],
    ['answers.target.lo', { ...list, target: { lo: 2n, hi: 1n, width: 1, endian: 'big' } }],
    ['answers.targt', { ...list, targt: 1n }],
    ['answers.compactOffset', { ...list, compactOffset: 72 }],
    ['answers.compactOffset', { ...compact, compactOffset: 77 }],
    ['answers.compactOffset', { ...compact, compactOffset: -1 }],
    ['answers.compactOffset', { ...compact, compactOffset: 0.5 }],
    ['answers.compactOffset', { ...compact, messageLength: 2, compactOffset: 0 }],
    ['answers.messages[0]', { ...compact, compactOffset: 72 }],
    ['answers.messages[2]', withBits(0)],
    ['answers.messages[2]', withBits(0x1d80ffff)],
    ['answers.messages[2]', withBits(0x22000100)],
  ])('rejects with an error about %s, and verifies nothing', async (argument, answers) => {
    await expect(verifyPowBatch(answers as never)).rejects.toMatchObject({
      ...{ code: 'ERR_QANTO_INVALID_ARGUMENT', argument },
      message: expect.stringContaining(argument.replace(/^answers\.(template\.(?=targt))?/, '')),
    });
  });

  test('copies the messages before it returns', async () => {
    const messages = new Uint8Array(80 * 64).map((_, i) => i * 31);
    const answers = { algorithm: 'sha256d', messages, messageLength: 80, target: 2n ** 255n } as const;
    const expected = await verifyPowBatch(answers);
    const pending = verifyPowBatch(answers);
    messages.fill(0);
    expect(await pending).toEqual(expected);
    expect(expected).toContain(1);
    expect(expected).toContain(0);
  });

  test('resolves to no verdicts if there are no messages and no nonces', async () => {
    const none = new Uint8Array(0);
    expect(await verifyPowBatch({ ...list, algorithm: 'sha256d', messages: none })).toEqual(none);
    expect(await verifyPowBatch({ template: header, nonces: new Uint32Array(0) })).toEqual(none);
  });

  test('reads an array that has properties of its own with the names of its bytes', async () => {
    const messages = new Uint8Array(160).fill(9);
    const expected = await verifyPowBatch({ ...list, algorithm: 'sha256d', messages, target: 2n ** 255n });
    for (const [name, value] of [
      ['length', 80],
      ['byteLength', 1],
      ['byteOffset', 3],
      ['buffer', new ArrayBuffer(4)],
    ] as const) {
      Object.defineProperty(messages, name, { value });
    }
    expect(await verifyPowBatch({ ...list, algorithm: 'sha256d', messages, target: 2n ** 255n })).toEqual(
      expected,
    );
  });

  test('rejects with ABORT_ERR if its signal is aborted before or during the call', async () => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(verifyPowBatch({ ...list, algorithm: 'sha256d' }, { signal })).rejects.toMatchObject({
      code: 'ABORT_ERR',
      cause: reason,
    });
    const controller = new AbortController();
    const long = { ...header, algorithm: 'blake2b', preimage: new Uint8Array(65_536) };
    const pending = verifyPowBatch(
      { template: long, nonces: new Uint32Array(5000) },
      { signal: controller.signal },
    );
    controller.abort(reason);
    await expect(pending).rejects.toMatchObject({ code: 'ABORT_ERR', cause: reason });
  });
});
