/** The defaults and the valid values of the server's settings. They are not in the schema, so that the node does not load the schema. */
export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_PORT = 9771;
export const DEFAULT_STRATUM_PORT = 3333;
export const DEFAULT_RPC_PORT = 9772;
export const MAX_PORT = 65_535;
/** A host name, an IPv4 address, or an IPv6 address in brackets, as in the header `Host` without the port. */
export const HOST = /^([\w.-]+|\[[\da-f:.]+\])$/i;
export const HOST_EXPECTED = 'host names or addresses without a port, such as node.example or [2001:db8::1]';
