import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { QantoError } from '../../ts/errors.ts';
import {
  ALGORITHMS,
  type Algorithm,
  compactToTarget,
  digest,
  type HitRule,
  NONCE_ENCODINGS,
  prepare,
  type SolveOptions,
  solvePow,
  type Template,
  targetToCompact,
  verifyPow,
} from '../../ts/pow/index.ts';

/** Any value that JSON or a caller without types may pass, including typed arrays. */
const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  key: fc.oneof(
    fc.string(),
    fc.constantFrom('constructor', 'toString', 'valueOf', 'length', 'name', 'aborted', 'addEventListener'),
  ),
});

/** A valid rule. About every second digest is a hit of most of them. */
const soundRule = fc.constantFrom<HitRule[]>(
  { leadingZeroBits: 1 },
  { hexPrefix: '0' },
  { compact: 0x147fffff },
  { equals: new Uint8Array(1) },
  { atLeast: 2n ** 31n, width: 4, endian: 'little' },
  { lo: 0n, hi: 2n ** 15n, width: 2, endian: 'big' },
);

/** A template that is valid for most hash functions. */
const soundTemplate = fc.record({
  algorithm: fc.constantFrom(...ALGORITHMS),
  digestLength: fc.constantFrom(undefined, undefined, undefined, 20),
  preimage: fc.uint8Array({ minLength: 12, maxLength: 200 }),
  nonce: fc.record({
    offset: fc.nat(4),
    encoding: fc.constantFrom(...NONCE_ENCODINGS),
    width: fc.constantFrom(undefined, 9),
  }),
  target: fc.oneof(fc.constant(2n ** 159n), soundRule),
  versionRolling: fc.constantFrom(undefined, undefined, undefined, 1, 16),
});

/** A template in which each field may be missing or have any value. */
const templateLike = fc.oneof(
  anything,
  soundTemplate.chain((template) => spoiled(template)),
  fc
    .tuple(
      soundTemplate,
      soundTemplate.chain(({ nonce }) => spoiled(nonce)),
    )
    .map(([template, nonce]) => ({ ...template, nonce })),
  fc
    .tuple(
      soundTemplate,
      soundRule.chain((rule) => spoiled(rule)),
    )
    .map(([template, target]) => ({ ...template, target })),
);

const optionsLike = fc.oneof(
  anything,
  fc
    .record({
      signal: fc.constantFrom(undefined, new AbortController().signal, AbortSignal.abort()),
      timeoutMs: fc.double({ min: 0.01, max: 50, noNaN: true }),
      maxExpectedHashes: fc.constantFrom(1, 2, 2n ** 64n - 1n),
      threads: fc.integer({ min: 1, max: 2 }),
      startNonce: fc.oneof(fc.nat(), fc.bigInt(0n, 2n ** 64n - 1n)),
      onProgress: fc.constant(() => {}),
      priority: fc.constantFrom('normal', 'background'),
    })
    .chain((options) => spoiled(options)),
);

function spoiled(sound: object): fc.Arbitrary<object> {
  const parts = Object.entries(sound).map(([key, value]) => {
    const part = fc.oneof({ weight: 5, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: anything });
    return [key, part] as const;
  });
  return fc.record(Object.fromEntries(parts), { requiredKeys: [] });
}

/** Limits the search to 200 hashes if the options are an object. */
function bounded(options: unknown): SolveOptions {
  const carries = typeof options === 'object' && options !== null;
  return (carries ? { ...options, maxHashes: 200 } : options) as SolveOptions;
}

/** The code of the QantoError that a call throws, or undefined. Any other error fails the test. */
function refusal(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  if (error instanceof QantoError) return error.code;
  throw error;
}

describe('An argument of any kind', () => {
  test('is accepted by solvePow or rejected with an error code', async () => {
    await fc.assert(
      fc.asyncProperty(templateLike, optionsLike, async (template, options) => {
        fc.pre(options !== undefined);
        const outcome = await solvePow(template as Template, bounded(options)).then(() => 'FOUND', codeOf);
        expect(OUTCOMES).toContain(outcome);
      }),
      { numRuns: 1500 },
    );
  });

  test('is accepted by verifyPow or rejected with an error code', () => {
    fc.assert(
      fc.property(
        templateLike,
        fc.oneof(anything, fc.nat(), fc.bigInt(), fc.string({ unit: 'binary', maxLength: 70 })),
        fc.oneof(anything, fc.nat(16)),
        (template, nonce, variant) => {
          const code = refusal(() => verifyPow(template as Template, nonce as bigint, variant as number));
          expect([undefined, 'ERR_QANTO_INVALID_ARGUMENT']).toContain(code);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('is accepted by digest or rejected with an error code', () => {
    fc.assert(
      fc.property(
        fc.oneof(anything, fc.constantFrom(...ALGORITHMS)),
        fc.oneof(anything, fc.uint8Array()),
        fc.oneof(anything, fc.nat(65)),
        (algorithm, bytes, length) => {
          const code = refusal(() => digest(algorithm as Algorithm, bytes as Uint8Array, length as number));
          expect([undefined, 'ERR_QANTO_INVALID_ARGUMENT']).toContain(code);
        },
      ),
    );
  });

  test('is accepted by compactToTarget and targetToCompact or rejected with an error code', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const codes = [
          refusal(() => compactToTarget(value as number)),
          refusal(() => targetToCompact(value as bigint)),
        ];
        for (const code of codes) expect([undefined, 'ERR_QANTO_INVALID_ARGUMENT']).toContain(code);
      }),
    );
  });
});

const OUTCOMES = [
  'FOUND',
  'ERR_QANTO_INVALID_ARGUMENT',
  'ERR_QANTO_EXPECTED_WORK_TOO_HIGH',
  'ERR_QANTO_HASH_BUDGET_SPENT',
  'ERR_QANTO_NONCE_SPACE_EXHAUSTED',
  'ERR_QANTO_TIMED_OUT',
  'ABORT_ERR',
];

const sound: Template = {
  algorithm: 'sha256',
  preimage: new Uint8Array(80),
  nonce: { offset: 0, encoding: 'u64le' },
  target: 1n,
};

describe('An argument with a getter that returns another value the next time', () => {
  test('is searched with the values that were checked', async () => {
    let reads = 0;
    const changing = {
      ...sound,
      get target() {
        return reads++ === 0 ? 1n : -1n;
      },
    };
    await expect(solvePow(changing, { maxHashes: 10 })).rejects.toMatchObject({
      code: 'ERR_QANTO_HASH_BUDGET_SPENT',
    });
  });

  test('is verified with the values that were checked', () => {
    let reads = 0;
    const changing = {
      ...sound,
      nonce: {
        encoding: 'u64le' as const,
        get offset() {
          return reads++ === 0 ? 0 : 100;
        },
      },
    };
    expect(verifyPow(changing, 0)).toBe(false);
  });
});

describe('A rule with a getter that returns another value the next time', () => {
  test('is read once', () => {
    let reads = 0;
    const target = {
      get leadingZeroBits() {
        return reads++ === 0 ? 0 : -1;
      },
    };
    expect(verifyPow({ ...sound, target }, 0)).toBe(true);
    expect(reads).toBe(1);
  });
});

describe('A Uint8Array with a false length', () => {
  test('is rejected with an error code if the length is too large', () => {
    const preimage = Object.defineProperty(new Uint8Array(8), 'length', { value: 80 });
    const nonce = { offset: 72, encoding: 'u64le' as const };
    expect(refusal(() => verifyPow({ ...sound, preimage, nonce }, 0))).toBe('ERR_QANTO_INVALID_ARGUMENT');
  });

  test('is hashed completely if the length is too small', () => {
    const preimage = Object.defineProperty(new Uint8Array(80), 'length', { value: 8 });
    expect(prepare({ ...sound, preimage }).digest(0)).toEqual(digest('sha256', new Uint8Array(80)));
  });
});

describe('A value that cannot be described in an error message', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  test.each([
    ['a revoked proxy', proxy],
    ['a constructor with a symbol for a name', { constructor: { name: Symbol('hostile') } }],
    ['a constructor that throws', Object.defineProperty({}, 'constructor', { get: fail })],
  ])('is rejected with an error code: %s', (_, algorithm) => {
    expect(refusal(() => verifyPow({ ...sound, algorithm } as unknown as Template, 0))).toBe(
      'ERR_QANTO_INVALID_ARGUMENT',
    );
  });
});

function fail(): never {
  throw new Error('on purpose');
}

describe('A value that is not an AbortSignal', () => {
  test.each([
    { aborted: false, addEventListener: 1 },
    { aborted: false, addEventListener: () => {} },
  ])('is rejected before any work starts: %p', async (signal) => {
    await expect(solvePow(sound, { signal: signal as unknown as AbortSignal })).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
      argument: 'options.signal',
    });
  });

  test.each(['addEventListener', 'removeEventListener'])(
    'but has its methods rejects only its own job if %s throws',
    async (method) => {
      const signal = { aborted: false, addEventListener() {}, removeEventListener() {}, [method]: fail };
      const options = { maxHashes: 100, signal: signal as unknown as AbortSignal };
      const [hostile, beside] = await Promise.allSettled([
        solvePow(sound, options),
        solvePow(sound, { maxHashes: 100 }),
      ]);
      expect(hostile).toMatchObject({ status: 'rejected', reason: { message: 'on purpose' } });
      expect(beside).toMatchObject({ status: 'rejected', reason: { code: 'ERR_QANTO_HASH_BUDGET_SPENT' } });
    },
  );
});
