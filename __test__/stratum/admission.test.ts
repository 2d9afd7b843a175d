import { describe, expect, test } from '@jest/globals';
import { Admission, hostOfAddress } from '../../ts/stratum/admission.ts';

const admission = (maxConnections: number, maxConnectionsPerHost: number) =>
  new Admission({ maxConnections, maxConnectionsPerHost });

/** The number of connections that are taken of five. */
const takenOfFive = (limits: Admission, address: (n: number) => string) =>
  [1, 2, 3, 4, 5].filter((n) => limits.enter(address(n), 0)).length;

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('The host of %s is %s', (address, host) => {
  expect(hostOfAddress(address)).toBe(host);
});

describe('A server takes', () => {
  test('a limited number of connections of each host', () => {
    const limits = admission(100, 3);
    expect(takenOfFive(limits, () => '192.0.2.1')).toBe(3);
    expect(takenOfFive(limits, () => '::ffff:192.0.2.2')).toBe(3);
  });

  test('a limited number of connections of all addresses of an IPv6 network together', () => {
    expect(takenOfFive(admission(100, 3), (n) => `2001:db8::${n}`)).toBe(3);
  });

  test.each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])('all connections of %s', (address) => {
    expect(takenOfFive(admission(100, 3), () => address)).toBe(5);
  });

  test('no more connections than it may have', () => {
    expect(takenOfFive(admission(4, 3), (n) => `192.0.2.${n}`)).toBe(4);
  });

  test('a connection in the place of one that has ended', () => {
    const limits = admission(100, 1);
    expect(limits.enter('192.0.2.1', 0)).toBe(true);
    expect(limits.enter('192.0.2.1', 0)).toBe(false);
    limits.leave('192.0.2.1');
    expect(limits.enter('192.0.2.1', 0)).toBe(true);
  });

  test('no connection of a network of IPv6 of which another address was banned, for ten minutes', () => {
    const limits = admission(100, 10);
    let isAllowed = true;
    for (let n = 0; isAllowed; n += 1) isAllowed = limits.spend(`2001:db8::${n.toString(16)}`, 0);
    expect(limits.bans).toBe(1);
    expect(limits.enter('2001:db8::ffff', 599_999)).toBe(false);
    expect(limits.enter('2001:db8:0:1::1', 0)).toBe(true);
    expect(limits.enter('2001:db8::ffff', 600_000)).toBe(true);
  });

  test('connections of other addresses of IPv4 after a ban, however they are written', () => {
    const limits = admission(100, 10);
    for (let isAllowed = true; isAllowed; ) isAllowed = limits.spend('::ffff:192.0.2.1', 0);
    expect(limits.enter('192.0.2.1', 0)).toBe(false);
    expect(limits.enter('::ffff:192.0.2.2', 0)).toBe(true);
  });
});
