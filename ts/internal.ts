/**
 * The parts of the library that `qanto-node` needs and that are not public. They may change in any release.
 * Only a `qanto-node` of the same version may use them.
 *
 * @module qanto/internal
 */
export { boundedJson } from './bounded-json.ts';
export { type Fields, refuseUnknown, requireObject } from './check-arguments.ts';
export { resolveNetwork } from './dag/params.ts';
export { describeValue, mustBe } from './errors.ts';
export { checkLogger, labelled, silentLogger } from './logger.ts';
export { makeDirectory } from './make-directory.ts';
export { DEFAULT_BACKOFF } from './miner/backoff.ts';
export { DEFAULT_CIRCUIT } from './miner/circuit-breaker.ts';
export { checkMinerConfig, MINER_CONFIG_FIELDS } from './miner/config.ts';
export { BINARY_VARIABLE, native } from './native.ts';
export { checkTemplate, nonceByteLength, toNativeTemplate } from './pow/template.ts';
export { printable, printableLines, shownName } from './printable.ts';
export { nearest } from './suggest.ts';
export { version } from './version.ts';
