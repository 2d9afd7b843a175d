import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  ALGORITHMS,
  type HitRule,
  NONCE_ENCODINGS,
  poolStatus,
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

interface TestAnswer {
  readonly template: Template;
  readonly nonce: number | bigint | string;
  readonly variant?: number;
}

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

const answers: fc.Arbitrary<TestAnswer> = fc
  .record({
    algorithm: fc.constantFrom(...ALGORITHMS),
    preimage: fc
      .oneof(fc.constantFrom(8, 28, 55, 80), fc.integer({ min: 8, max: 400 }))
      .chain((length) => fc.uint8Array({ minLength: length, maxLength: length })),
    encoding: fc.constantFrom(...NONCE_ENCODINGS),
    target: rules,
    offset: fc.nat(),
    number: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    text: fc.option(fc.constantFrom('0', '007', '+5', 'é', 'x'.repeat(64))),
    versions: fc.option(fc.tuple(fc.integer({ min: 1, max: 16 }), fc.nat())),
  })
  .map(({ algorithm, preimage, encoding, target, offset, number, text, versions }) => {
    const isText = encoding === 'decimal' || encoding === 'decimal-fixed' || encoding === 'hex';
    const bytes = isText ? 0 : encoding.startsWith('u32') ? 4 : 8;
    const width = encoding === 'decimal-fixed' ? 20 : encoding === 'hex' ? 16 : undefined;
    const at = offset % (preimage.length - bytes + 1);
    const rolls = versions !== null && bytes === 4 && at >= 4;
    return {
      template: {
        ...{ algorithm, preimage, target },
        nonce: { offset: at, encoding, ...(width !== undefined && { width }) },
        ...(rolls && { versionRolling: versions[0] }),
      },
      nonce: isText && text !== null ? text : bytes === 4 ? number & 0xffff_ffffn : number,
      ...(rolls && { variant: versions[1] % versions[0] }),
    };
  });

const oneByOne = (list: readonly TestAnswer[]) =>
  list.map(({ template, nonce, variant }) => verifyPow(template, nonce, variant));

describe('verifyPowBatch()', () => {
  test('says of every answer what verifyPow says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(answers, { maxLength: 60 }), async (list) => {
        expect(await verifyPowBatch(list)).toEqual(oneByOne(list));
      }),
    );
  });

  test('says of many answers with messages of one length what verifyPow says', async () => {
    for (const algorithm of ALGORITHMS) {
      const list = Array.from({ length: 300 }, (_, nonce) => {
        const preimage = new Uint8Array(80).fill(nonce & 0xff);
        return { template: { ...header, algorithm, preimage, target: { leadingZeroBits: 1 } }, nonce };
      });
      expect(await verifyPowBatch(list)).toEqual(oneByOne(list));
    }
  });

  test('checks every template, also if it resembles the one before', async () => {
    const same = { ...header, preimage: header.preimage.slice() };
    for (const [argument, template] of [
      ['template.preimage', { ...same, preimage: new Uint8Array(0) }],
      ['template.preimage', { ...same, preimage: new Uint8Array(65_537) }],
      ['template.nonce.offset', { ...same, preimage: new Uint8Array(79) }],
      ['template.nonce.ofset', { ...same, nonce: { ...same.nonce, ofset: 1 } }],
      ['template.targt', { ...same, targt: 1n }],
      ['template.digestLength', { ...same, digestLength: 32 }],
    ] as const) {
      const pending = verifyPowBatch([
        { template: header, nonce: 0 },
        { template: template as Template, nonce: 0 },
      ]);
      await expect(pending).rejects.toMatchObject({ argument: `answers[1].${argument}` });
    }
    const list = [header, { ...same, target: 1n }, same].map((template) => ({ template, nonce: 5 }));
    expect(await verifyPowBatch(list)).toEqual(oneByOne(list));
  });

  test('does not count hashes, and resolves to no answers if there are none', async () => {
    const before = poolStatus().hashes;
    await verifyPowBatch([{ template: header, nonce: 0 }]);
    expect(poolStatus().hashes).toEqual(before);
    expect(await verifyPowBatch([])).toEqual([]);
  });

  test('copies the answers before it returns', async () => {
    const preimage = header.preimage.slice();
    const list = Array.from({ length: 100 }, (_, nonce) => ({ template: { ...header, preimage }, nonce }));
    const expected = oneByOne(list);
    const pending = verifyPowBatch(list);
    preimage.fill(0);
    list.length = 0;
    expect(await pending).toEqual(expected);
  });

  test.each([
    ['answers[1].nonce', { template: header, nonce: -1 }],
    ['answers[1].nonce', { template: header, nonce: 2n ** 32n }],
    ['answers[1].nonce', { template: header, nonce: '7' }],
    ['answers[1].variant', { template: header, nonce: 0, variant: 1 }],
    ['answers[1].template', { template: null, nonce: 0 }],
    ['answers[1].template.algorithm', { template: { ...header, algorithm: 'md5' }, nonce: 0 }],
    ['answers[1].template.targt', { template: { ...header, targt: 1n }, nonce: 0 }],
    ['answers[1].nonse', { template: header, nonce: 0, nonse: 1 }],
    ['answers[1]', null],
  ])('rejects with an error about %s, and verifies nothing', async (argument, answer) => {
    const pending = verifyPowBatch([{ template: header, nonce: 0 }, answer as TestAnswer]);
    await expect(pending).rejects.toMatchObject({
      ...{ code: 'ERR_QANTO_INVALID_ARGUMENT', argument },
      message: expect.stringContaining('answers[1]'),
    });
  });

  test('refuses answers that are no array, and unknown options', async () => {
    await expect(verifyPowBatch({} as never)).rejects.toMatchObject({ argument: 'answers' });
    await expect(verifyPowBatch([], { singal: 1 } as never)).rejects.toMatchObject({
      argument: 'options.singal',
    });
    await expect(verifyPowBatch([], { signal: 1 } as never)).rejects.toMatchObject({
      argument: 'options.signal',
    });
  });

  test('rejects with ABORT_ERR if its signal is aborted before or during the call', async () => {
    const reason = new Error('enough');
    await expect(
      verifyPowBatch([{ template: header, nonce: 0 }], { signal: AbortSignal.abort(reason) }),
    ).rejects.toMatchObject({ code: 'ABORT_ERR', cause: reason });

    const controller = new AbortController();
    const long = { ...header, algorithm: 'blake2b', preimage: new Uint8Array(65_536) };
    const list = Array.from({ length: 5000 }, (_, nonce) => ({ template: long, nonce }));
    const pending = verifyPowBatch(list, { signal: controller.signal });
    controller.abort(reason);
    await expect(pending).rejects.toMatchObject({ code: 'ABORT_ERR', cause: reason });
  });
});
