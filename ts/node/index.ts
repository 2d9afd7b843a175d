/** A node: a DAG and a miner on it. */
export { type NodeConfig, type NodeOptions, QantoNode } from './qanto-node.ts';
export type { NodeStatus } from './status.ts';
