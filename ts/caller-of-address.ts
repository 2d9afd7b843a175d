/** Whom an address of the network belongs to, for limits of what one caller may do. */
const { isIP } = process.getBuiltinModule('node:net');

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

/** Returns the address of IPv4 that an address of IPv6 stands for, as in `::ffff:192.0.2.1`. Returns other addresses as they are. */
export function withoutMapping(address: string): string {
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  return mapped ?? address;
}
