/** Who sends a request. */
import { withoutMapping } from '../caller-of-address.ts';
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

/** Returns the address of IPv4 that an address of IPv6 stands for, and drops the brackets and the port that some proxies add. */
function plainAddress(address: string): string {
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(address) ?? [];
  const bare = bracketed ?? address;
  const [, withoutPort] = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(bare) ?? [];
  return withoutPort ?? withoutMapping(bare);
}
