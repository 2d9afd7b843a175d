/** The parts of the gate that are pure functions, and the store in memory. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ClaimsFullError, MemoryClaims, redisClaims } from 'qanto/gate';
import { callerOfAddress } from '../../ts/caller-of-address.ts';
import { readAuthSchemes, writeAuthScheme } from '../../ts/gate/auth-params.ts';
import { clientAddress } from '../../ts/gate/caller.ts';
import { partsOf } from '../../ts/gate/request.ts';
import { request } from './support.ts';

describe('MemoryClaims', () => {
  test('accepts an id once in its lifetime, and again afterwards', () => {
    const clock = { ms: 0 };
    const claims = new MemoryClaims({}, () => clock.ms);
    expect([claims.claim('a', 5000), claims.claim('a', 5000), claims.claim('b', 5000)]).toEqual([
      true,
      false,
      true,
    ]);
    clock.ms = 5000;
    expect(claims.claim('a', 5000)).toBe(false);
    // Claims end with the second in which their lifetime does.
    clock.ms = 7000;
    expect(claims.size).toBe(0);
    expect(claims.claim('a', 5000)).toBe(true);
  });

  test('refuses when it is full, and has room again when claims have ended', () => {
    const clock = { ms: 0 };
    const claims = new MemoryClaims({ limit: 2 }, () => clock.ms);
    claims.claim('a', 1000);
    claims.claim('b', 9000);
    expect(() => claims.claim('c', 1000)).toThrow(ClaimsFullError);
    expect(claims.claim('a', 1000)).toBe(false);
    clock.ms = 3000;
    expect(claims.claim('c', 1000)).toBe(true);
    expect(claims.size).toBe(2);
  });

  test('never accepts an id twice in its lifetime, and keeps none much longer', () => {
    const step = fc.record({
      id: fc.constantFrom('a', 'b', 'c'),
      ttlMs: fc.integer({ min: 1, max: 5000 }),
      pauseMs: fc.integer({ min: 0, max: 3000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const clock = { ms: 12_345 };
        const claims = new MemoryClaims({}, () => clock.ms);
        const ends = new Map<string, number>();
        for (const { id, ttlMs, pauseMs } of steps) {
          clock.ms += pauseMs;
          const end = ends.get(id) ?? -Infinity;
          const isClaimed = claims.claim(id, ttlMs);
          if (clock.ms <= end) expect(isClaimed).toBe(false);
          if (clock.ms >= end + 2000) expect(isClaimed).toBe(true);
          if (isClaimed) ends.set(id, clock.ms + ttlMs);
        }
        clock.ms += 7000;
        expect(claims.size).toBe(0);
      }),
    );
  });
});

describe('redisClaims', () => {
  const client = (set: (...args: unknown[]) => Promise<unknown>, more = {}) =>
    redisClaims({ set, ...more } as never);

  test('sends one command, in the way of the client', async () => {
    const sent: unknown[] = [];
    const set = async (...args: unknown[]) => {
      sent.push(args);
      return 'OK';
    };
    await expect(client(set).claim('id', 4.2)).resolves.toBe(true);
    await expect(client(set, { call() {} }).claim('id', 4.2)).resolves.toBe(true);
    expect(sent).toEqual([
      ['qanto:claim:id', '1', { NX: true, PX: 5 }],
      ['qanto:claim:id', '1', 'PX', 5, 'NX'],
    ]);
  });

  test('fails if Redis answers with an error, something unknown, or nothing', async () => {
    const failed = { code: 'ERR_QANTO_CLAIM_FAILED' };
    await expect(client(() => Promise.reject(new Error('down'))).claim('a', 1)).rejects.toMatchObject(failed);
    await expect(client(async () => 'QUEUED').claim('a', 1)).rejects.toMatchObject(failed);
    await expect(client(async () => undefined).claim('a', 1)).rejects.toMatchObject(failed);
    const silent = redisClaims({ set: () => new Promise(() => {}) }, { timeoutMs: 5 });
    await expect(silent.claim('a', 1)).rejects.toMatchObject(failed);
  });

  test('bounds the number of claims that wait', async () => {
    const silent = redisClaims({ set: () => new Promise(() => {}) }, { timeoutMs: 100, maxPending: 2 });
    const waiting = [silent.claim('a', 1), silent.claim('b', 1)].map(async (claim) =>
      Promise.resolve(claim).catch(() => 'late'),
    );
    await expect(silent.claim('c', 1)).rejects.toThrow('2 claims are waiting for Redis');
    await expect(Promise.all(waiting)).resolves.toEqual(['late', 'late']);
    await expect(silent.claim('d', 1)).rejects.toThrow('did not answer');
  });

  test.each([
    [undefined, {}, 'client'],
    [{}, {}, 'client'],
    [{ set() {} }, { ttl: 5 }, 'options.ttl'],
    [{ set() {} }, { timeoutMs: 0 }, 'options.timeoutMs'],
  ])('refuses the client %j with the options %j', (given, options, argument) => {
    expect(() => redisClaims(given as never, options as never)).toThrow(
      expect.objectContaining({ argument }),
    );
  });
});

describe('The address of a client', () => {
  const address = (remoteAddress: string, forwarded: string | undefined, proxies: number) =>
    clientAddress(
      request({ remoteAddress, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } }),
      proxies,
    );

  test.each([
    ['192.0.2.1', '198.51.100.1', 0, '192.0.2.1'],
    ['192.0.2.1', '198.51.100.1', 1, '198.51.100.1'],
    ['192.0.2.1', '203.0.113.1, 198.51.100.1', 1, '198.51.100.1'],
    ['192.0.2.1', '203.0.113.1, 198.51.100.1', 2, '203.0.113.1'],
    ['192.0.2.1', '198.51.100.1', 2, '198.51.100.1'],
    ['192.0.2.1', undefined, 1, '192.0.2.1'],
    ['192.0.2.1', 'unknown', 1, '192.0.2.1'],
    ['192.0.2.1', '198.51.100.1,', 1, '192.0.2.1'],
    ['192.0.2.1', '198.51.100.1:4711', 1, '198.51.100.1'],
    ['192.0.2.1', '[2001:db8::1]:4711', 1, '2001:db8::1'],
    ['::ffff:192.0.2.1', undefined, 0, '192.0.2.1'],
  ])('of %s with X-Forwarded-For: %s behind %d proxies is %s', (remote, forwarded, proxies, expected) => {
    expect(address(remote, forwarded, proxies)).toBe(expected);
  });

  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1::', '1:0:0:0::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['::2:3:4:5:6:7:8', '0:2:3:4::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['', ''],
  ])('%s belongs to the caller %j', (given, expected) => {
    expect(callerOfAddress(given)).toBe(expected);
  });
});

test.each([
  ['/', '/', ''],
  ['', '/', ''],
  ['/a?b=1', '/a', '?b=1'],
  ['/a#b?c', '/a', ''],
  ['/a?b#c', '/a', '?b'],
  ['http://host:80/a?b', '/a', '?b'],
  ['http://host', '/', ''],
  ['http://host?b', '/', '?b'],
  ['*', '*', ''],
  ['//host/a', '//host/a', ''],
  ['/http://host/a', '/http://host/a', ''],
])('The target %j has the path %j and the query %j', (target, path, query) => {
  expect(partsOf(target)).toEqual({ path, query });
});

describe('The parameters of an authentication header', () => {
  const read = (header: string) =>
    readAuthSchemes(header)?.map(({ scheme, params }) => [scheme, Object.fromEntries(params)]);

  test('are read for several schemes, with and without quotes', () => {
    expect(
      read('Qanto challenge="a,b", tries="1", Basic realm="x \\"y\\"", Bearer, Altcha salt=a?b=c&, number=5'),
    ).toEqual([
      ['qanto', { challenge: 'a,b', tries: '1' }],
      ['basic', { realm: 'x "y"' }],
      ['bearer', {}],
      ['altcha', { salt: 'a?b=c&', number: '5' }],
    ]);
  });

  test.each([
    'a=1',
    'Qanto a="b',
    'Qanto a=1, a=2',
    'Qanto a=',
    'Qanto a=b"c',
    'Qanto a b',
    '=',
    'Qanto =x',
    '"',
  ])('in %j are not valid', (header) => {
    expect(read(header)).toBeUndefined();
  });

  test('are read as they were written', () => {
    const value = fc.string({ unit: 'grapheme-ascii' }).map((text) => text.replace(/["\\]/g, ''));
    const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/);
    fc.assert(
      fc.property(fc.dictionary(name, value, { minKeys: 1 }), (params) => {
        expect(read(writeAuthScheme('Qanto', params))).toEqual([['qanto', { ...params }]]);
      }),
    );
  });

  test('of any text are read in a time that grows with its length, and without an error', () => {
    const piece = fc.constantFrom('a', '=', '"', '\\', ',', ' ', 'Qanto ', '\t', 'é');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 400 }), (pieces) => {
        expect(() => readAuthSchemes(pieces.join(''))).not.toThrow();
      }),
    );
    for (const header of [
      ' '.repeat(8192),
      'a '.repeat(4096),
      '"'.repeat(8191),
      'a=,'.repeat(2730),
      `a${' '.repeat(8000)}b`,
    ]) {
      readAuthSchemes(header);
    }
  });
});
