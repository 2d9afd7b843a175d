import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { QantoError } from '../../ts/errors.ts';
import {
  ALGORITHMS,
  type Algorithm,
  compactToTarget,
  digest,
  digestTemplate,
  NONCE_ENCODINGS,
  type SolveOptions,
  solvePow,
  type Template,
  targetToCompact,
  verifyPow,
} from '../../ts/pow/index.ts';

/** Any value, of the kinds JSON or a careless caller would bring, and typed arrays. */
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

/** A sound template; about every second nonce is a hit. */
const soundTemplate = fc.record({
  algorithm: fc.constantFrom(...ALGORITHMS),
  preimage: fc.uint8Array({ minLength: 12, maxLength: 200 }),
  nonce: fc.record({ offset: fc.nat(4), encoding: fc.constantFrom(...NONCE_ENCODINGS) }),
  target: fc.constant(2n ** 255n),
  versionRolling: fc.constantFrom(undefined, undefined, 1, 16),
});

/** Sound fields, each of which may be anything instead, or missing. */
const templateLike = fc.oneof(
  anything,
  soundTemplate.chain((template) => spoiled(template)),
  fc
    .tuple(
      soundTemplate,
      soundTemplate.chain(({ nonce }) => spoiled(nonce)),
    )
    .map(([template, nonce]) => ({ ...template, nonce })),
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

/** Never an endless search: the budget is ours whenever the options can carry one. */
function bounded(options: unknown): SolveOptions {
  const carries = typeof options === 'object' && options !== null;
  return (carries ? { ...options, maxHashes: 200 } : options) as SolveOptions;
}

/** What a call threw, which must be a refusal of ours, or `undefined`. */
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

describe('arguments of any kind work or are refused by a code', () => {
  test('solvePow', async () => {
    await fc.assert(
      fc.asyncProperty(templateLike, optionsLike, async (template, options) => {
        fc.pre(options !== undefined);
        const outcome = await solvePow(template as Template, bounded(options)).then(() => 'FOUND', codeOf);
        expect(OUTCOMES).toContain(outcome);
      }),
      { numRuns: 1500 },
    );
  });

  test('verifyPow', () => {
    fc.assert(
      fc.property(
        templateLike,
        fc.oneof(anything, fc.nat(), fc.bigInt()),
        fc.oneof(anything, fc.nat(16)),
        (template, nonce, variant) => {
          const code = refusal(() => verifyPow(template as Template, nonce as bigint, variant as number));
          expect([undefined, 'ERR_QANTO_INVALID_ARGUMENT']).toContain(code);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('hash', () => {
    fc.assert(
      fc.property(fc.oneof(anything, fc.constantFrom(...ALGORITHMS)), anything, (algorithm, bytes) => {
        const code = refusal(() => digest(algorithm as Algorithm, bytes as Uint8Array));
        expect([undefined, 'ERR_QANTO_INVALID_ARGUMENT']).toContain(code);
      }),
    );
  });

  test('compact bits and targets', () => {
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

describe('an argument that changes while it is looked at', () => {
  test('is searched as it was when it was checked', async () => {
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

  test('is verified as it was when it was checked', () => {
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

describe('a Uint8Array that lies about its length', () => {
  test('as longer than it is is refused by a code', () => {
    const preimage = Object.defineProperty(new Uint8Array(8), 'length', { value: 80 });
    const nonce = { offset: 72, encoding: 'u64le' as const };
    expect(refusal(() => verifyPow({ ...sound, preimage, nonce }, 0))).toBe('ERR_QANTO_INVALID_ARGUMENT');
  });

  test('as shorter than it is is hashed whole', () => {
    const preimage = Object.defineProperty(new Uint8Array(80), 'length', { value: 8 });
    expect(digestTemplate({ ...sound, preimage }, 0)).toEqual(digest('sha256', new Uint8Array(80)));
  });
});

describe('a value that cannot be described', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  test.each([
    ['a revoked proxy', proxy],
    ['a constructor with a symbol for a name', { constructor: { name: Symbol('hostile') } }],
    ['a constructor that throws', Object.defineProperty({}, 'constructor', { get: fail })],
  ])('%s is refused by a code', (_, algorithm) => {
    expect(refusal(() => verifyPow({ ...sound, algorithm } as unknown as Template, 0))).toBe(
      'ERR_QANTO_INVALID_ARGUMENT',
    );
  });
});

function fail(): never {
  throw new Error('on purpose');
}

describe('a signal that is none', () => {
  test.each([
    { aborted: false, addEventListener: 1 },
    { aborted: false, addEventListener: () => {} },
  ])('%p is refused before any work', async (signal) => {
    await expect(solvePow(sound, { signal: signal as unknown as AbortSignal })).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
      argument: 'options.signal',
    });
  });

  test.each(['addEventListener', 'removeEventListener'])(
    'but has the methods of one: what %s throws rejects that job alone',
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
