/** What a node's server listens on, and what its settings may be. It is not in the schema, so that the node need not load it. */
export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_PORT = 9771;
export const MAX_PORT = 65_535;
/** A host name, an IPv4 address, or an IPv6 address in brackets, as in the header `Host` without the port. */
export const HOST = /^([\w.-]+|\[[\da-f:.]+\])$/i;
export const HOST_EXPECTED = 'host names or addresses without a port, such as node.example or [2001:db8::1]';
