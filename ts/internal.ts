/**
 * The parts of the library that `qanto-node` needs and that are not public. They may change in any release. Only a
 * `qanto-node` of the same version may use them. Some names are public too. They are exported here so that the command can
 * describe its flags without loading `qanto/dag` and `qanto/telemetry`, which would take most of the time that it needs to start.
 *
 * @module qanto/internal
 */
export { boundedJson } from './bounded-json.ts';
export { type Fields, refuseUnknown, requireObject } from './check-arguments.ts';
export { decodeCoinbase, encodeCoinbase } from './dag/coinbase.ts';
export { merkleLeaf, merkleLevels } from './dag/merkle.ts';
export { networks, resolveNetwork } from './dag/params.ts';
export { runAtOnce } from './dag/slices.ts';
export { SEED_VARIABLE } from './environment.ts';
export { describeValue, mustBe } from './errors.ts';
export { LineReader } from './line-reader.ts';
export { checkLogger, LOG_LEVELS, labelled, silentLogger } from './logger.ts';
export { makeDirectory } from './make-directory.ts';
export { DEFAULT_BACKOFF } from './miner/backoff.ts';
export { DEFAULT_CIRCUIT } from './miner/circuit-breaker.ts';
export { checkMinerConfig, MINER_CONFIG_FIELDS } from './miner/config.ts';
export { BINARY_VARIABLE, native } from './native.ts';
export { onceAborted } from './pow/abort.ts';
export { nonceText, overwrittenBytes } from './pow/nonce.ts';
export { measureKernels } from './pow/platform.ts';
export { sha256dDisplayed } from './pow/sha256d.ts';
export { MAX_TIMEOUT_MS } from './pow/solve.ts';
export { decodeCompact } from './pow/targets.ts';
export { checkDigestLength, checkTemplate } from './pow/template.ts';
export { MAX_VARIANTS } from './pow/version-rolling.ts';
export { printable, printableLines, shownName } from './printable.ts';
export { nearest } from './suggest.ts';
export { LOG_FORMATS } from './telemetry/format.ts';
export { version } from './version.ts';
