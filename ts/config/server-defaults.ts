/** Where a node's server listens by default. This is not in the schema, so that the node need not load the schema. */
export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_PORT = 9771;
