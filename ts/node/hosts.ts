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
 * address or to one of `allowed`, with any port. A request without the header, or with an empty one, does not come from a
 * page in a browser.
 */
export function isAllowedHost(header: string | undefined, allowed: readonly string[]): boolean {
  if (!header) return true;
  const host = normalised(header.replace(/:\d*$/, ''));
  return ['localhost', ...allowed.map(normalised)].includes(host) || (isIP(host) !== 0 && isLoopback(host));
}

/** One form for all spellings of a host: in lower case, without the dot at the end of a full name, without brackets. */
function normalised(host: string): string {
  const name = host
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[(.*)\]$/, '$1');
  return isIPv6(name) ? new URL(`http://[${name}]`).hostname.slice(1, -1) : name;
}
