/** Where a node's server listens unless it is told otherwise. Beside the schema, because the node need not load that. */
export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_PORT = 9771;
