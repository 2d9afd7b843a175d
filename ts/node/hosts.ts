/**
 * The check of the header `Host`. A page in a browser can make its own host name resolve to the loopback address (DNS
 * rebinding), and could then read what only programs on this machine should read. The header has the name of the page.
 */
import { BlockList, isIP, isIPv6 } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether only this machine can reach this IP address. */
export function isLoopback(address: string): boolean {
  return loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/**
 * Whether a server that only this machine can reach answers requests with this header: those to `localhost`, to a loopback
 * address or to one of `allowed`, with any port. A request without the header does not come from a browser.
 */
export function isAllowedHost(header: string | undefined, allowed: readonly string[]): boolean {
  if (header === undefined) return true;
  const name = header.toLowerCase().replace(/:\d*$/, '');
  const address = name.replace(/^\[(.*)\]$/, '$1');
  const names = ['localhost', ...allowed.map((host) => host.toLowerCase())];
  return names.includes(name) || names.includes(address) || (isIP(address) !== 0 && isLoopback(address));
}
