/**
 * A node: a DAG, a miner, and an HTTP server that reports their status.
 *
 * @module qanto-node
 */
import './library.ts';

export { InvalidArgumentError, NativeUnavailableError, QantoError, UnsupportedError } from 'qanto';
export { DagClosedError, StoreFailedError } from 'qanto/dag';
export { MetricsAlreadyRegisteredError } from 'qanto/telemetry';
export type { ControlConfig } from './control/config.ts';
export { ServerAddressError } from './errors.ts';
export { type NodeConfig, type NodeOptions, QantoNode } from './qanto-node.ts';
export type { NotReady, Readiness } from './readiness.ts';
export type { RpcConfig, RpcTlsConfig } from './rpc/config.ts';
export { RpcCookieError, RpcInsecureError, RpcTlsError } from './rpc/errors.ts';
export type { ServerConfig } from './server-config.ts';
export type { NodeStatus } from './status.ts';
export type { StratumConfig } from './stratum.ts';
