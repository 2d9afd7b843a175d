import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { boundedJson } from '../ts/bounded-json.ts';

const parsed = (value: unknown) => JSON.parse(boundedJson(value)!);
const thrower = (thrown: unknown) => () => {
  throw thrown;
};
const circular: { self?: unknown; kept: number } = { kept: 1 };
circular.self = circular;
const shared = { kept: 1 };
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  return proxy;
};
/** A proxy each of whose traps throws. */
const hostile = () => new Proxy({}, new Proxy({}, { get: thrower(new Error('trap')) }));
const withGetter = (name: string, get: () => never) =>
  Object.defineProperty({}, name, { get, enumerable: true });

test('A typed array is an array of a bounded length', () => {
  expect(parsed({ samples: new Float32Array([1, 2]), large: new BigInt64Array([3n]) })).toEqual({
    samples: [1, 2],
    large: ['3'],
  });
  expect(parsed(new Float64Array(1e6))).toHaveLength(1000);
});

describe('A value that JSON.stringify refuses keeps its readable parts:', () => {
  test.each<[string, unknown, unknown]>([
    ['an object that contains itself', circular, { kept: 1, self: '[Circular]' }],
    ['a shared part is not circular', [shared, shared], [shared, shared]],
    [
      'a getter that throws',
      Object.assign(withGetter('bad', thrower(new Error('boom'))), { kept: 1 }),
      { bad: '[Throws: boom]', kept: 1 },
    ],
    [
      'a toJSON that throws',
      { bad: { toJSON: thrower(new Error('boom')) }, kept: 1 },
      { bad: '[Throws: boom]', kept: 1 },
    ],
    [
      'a toJSON that returns its own object',
      {
        a: {
          toJSON() {
            return this;
          },
          kept: 1,
        },
      },
      { a: { kept: 1 } },
    ],
    [
      'a toJSON that returns what contains it',
      { a: { toJSON: () => circular } },
      { a: { kept: 1, self: '[Circular]' } },
    ],
    ['undefined is thrown', { bad: { toJSON: thrower(undefined) } }, { bad: '[Throws: undefined]' }],
    [
      'an error whose message throws is thrown',
      { bad: { toJSON: thrower(withGetter('message', thrower(1))) } },
      { bad: '[Throws]' },
    ],
    [
      'a revoked proxy',
      { bad: revoked(), kept: 1 },
      { bad: expect.stringMatching(/^\[Throws: .*revoked/), kept: 1 },
    ],
    ['a proxy each of whose traps throws', { bad: hostile(), kept: 1 }, { bad: '[Throws: trap]', kept: 1 }],
    ['a bigint', [2n ** 70n], ['1180591620717411303424']],
    ['a bigint of a million digits', [1n << 3_000_000n], ['[Truncated]']],
    ['a symbol', [Symbol('s')], ['Symbol(s)']],
    [
      'an error without a readable stack',
      Object.defineProperty(new Error('x'), 'stack', { get: thrower(new Error('no')) }),
      { name: 'Error', message: 'x', stack: '[Throws: no]' },
    ],
  ])('%s', (_, value, expected) => {
    expect(parsed(value)).toEqual(expected);
  });
});

describe('A value has the JSON that a reader of a log expects:', () => {
  test.each<[string, unknown, unknown]>([
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['an invalid date', new Date(Number.NaN), 'Invalid Date'],
    ['a Map', new Map([['a', new Set([1])]]), [['a', [1]]]],
    ['bytes', Buffer.from([0, 255]), '00ff'],
    ['many bytes', new Uint8Array(1e8), `${'00'.repeat(256)}[Truncated]`],
    ['a URL', new URL('http://localhost/'), 'http://localhost/'],
    ['a boxed string', Object('text'), 'text'],
    ['functions, which are left out', { f() {}, a: [() => {}] }, { a: [null] }],
    ['a number that is not finite', [Number.NaN], [null]],
    ['a property named __proto__', JSON.parse('{"__proto__":5}'), JSON.parse('{"__proto__":5}')],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ])('%s', (_, value, expected) => {
    expect(parsed(value)).toEqual(expected);
  });

  test('an error with its code, its cause and its errors, also from another context', () => {
    const cause = Object.assign(new TypeError('inner'), { code: 'E_INNER' });
    expect(parsed(new AggregateError([cause], 'outer', { cause }))).toEqual({
      name: 'AggregateError',
      message: 'outer',
      stack: expect.stringContaining('bounded-json'),
      cause: { name: 'TypeError', code: 'E_INNER', message: 'inner', stack: expect.any(String) },
      errors: [{ name: 'TypeError', code: 'E_INNER', message: 'inner', stack: expect.any(String) }],
    });
    expect(parsed(runInNewContext('new Error("foreign")'))).toMatchObject({
      name: 'Error',
      message: 'foreign',
    });
  });

  test('an error that is its own cause', () => {
    const error = new Error('x');
    error.cause = error;
    expect(parsed(error)).toMatchObject({ message: 'x', cause: '[Circular]' });
  });
});

describe('The length of the JSON is bounded for', () => {
  const nested = (depth: number): unknown => {
    let value: unknown = 'end';
    for (let n = 0; n < depth; n += 1) value = { value };
    return value;
  };
  // Each level refers to the next one ten times, so that JSON.stringify would write 10^8 values.
  const exponential = Array.from({ length: 8 }).reduce<unknown>(
    (part) => Array.from({ length: 10 }, () => part),
    1,
  );

  test.each<[string, unknown]>([
    ['a string', 'x'.repeat(1e7)],
    ['a name', { ['x'.repeat(1e7)]: 1 }],
    ['many strings', Array.from({ length: 1000 }, () => 'x'.repeat(1e5))],
    ['an array', Array.from({ length: 1e6 }, (_, n) => n)],
    ['an array of holes', new Array(1e9)],
    ['an object', Object.fromEntries(Array.from({ length: 1e5 }, (_, n) => [`k${n}`, n]))],
    ['a Set', new Set(Array.from({ length: 1e5 }, (_, n) => n))],
    [
      'an iterator that does not end',
      Object.assign(new Set(), {
        *[Symbol.iterator]() {
          for (;;) yield 1;
        },
      }),
    ],
    ['nested objects', nested(1e5)],
    ['shared parts', exponential],
  ])('%s', (_, value) => {
    const json = boundedJson(value)!;
    expect(json.length).toBeLessThan(200_000);
    expect(json).toContain('[Truncated]');
    JSON.parse(json);
  });

  test('a long string, of which the beginning is kept', () => {
    expect(parsed(['x'.repeat(1e6)])).toEqual([`${'x'.repeat(16_384)}[Truncated]`]);
  });

  test('nested objects, of which the outer ones are kept', () => {
    expect(parsed(nested(8))).toEqual(nested(8));
    expect(boundedJson(nested(9))).toContain('{"value":"[Truncated]"}');
  });
});

test('JSON has no characters that a terminal acts on', () => {
  const value = { '\u009b31m': '\u001b[31m\u202e\u2028\ud800' };
  expect(boundedJson(value)).toMatch(/^[\x20-\x7e]+$/);
  expect(parsed(value)).toEqual(value);
});
