/** Who sends a request. */
import type { GateRequest } from './request.ts';

const { isIP } = process.getBuiltinModule('node:net');

/**
 * Returns the address of the client. It is that of the socket, or, behind a number of proxies, the one that the first of them
 * has seen: each proxy appends to `X-Forwarded-For` the address that it was called from, and everything before these entries
 * comes from the client.
 */
export function clientAddress(request: GateRequest, trustedProxies: number): string {
  const socket = plainAddress(request.remoteAddress ?? '');
  if (trustedProxies === 0) return socket;
  const entries = (request.header('x-forwarded-for') ?? '')
    .split(',')
    .map((entry) => plainAddress(entry.trim()));
  const entry = entries.at(-trustedProxies) ?? entries[0]!;
  return isIP(entry) === 0 ? socket : entry;
}

/**
 * Returns whom an address belongs to. Somebody who has an address of IPv6 usually has all 2^64 addresses of its network, which
 * therefore count as one caller.
 */
export function callerOfAddress(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('%', 1)[0]!.toLowerCase().split('::') as [string, string?];
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const last = tail === '' ? 0 : tail.split(':').length + (tail.includes('.') ? 1 : 0);
    while (groups.length < 8 - last) groups.push('0');
  }
  const network = [...groups, ...(tail ?? '').split(':')].slice(0, 4);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

/** Returns the address of IPv4 that an address of IPv6 stands for, and drops the brackets and the port that some proxies add. */
function plainAddress(address: string): string {
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(address) ?? [];
  const bare = bracketed ?? address;
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare) ?? [];
  const [, withoutPort] = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(bare) ?? [];
  return mapped ?? withoutPort ?? bare;
}
