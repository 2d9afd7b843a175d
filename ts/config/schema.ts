import { MAX_THREADS, MAX_TIMEOUT_MS } from 'qanto';
import { type NetworkName, networks } from 'qanto/dag';
import { DEFAULT_BACKOFF, DEFAULT_CIRCUIT } from 'qanto/internal';
import { LOG_FORMATS, LOG_LEVELS } from 'qanto/telemetry';
import { z } from 'zod';
import { DEFAULT_HOST, DEFAULT_PORT } from './server-defaults.ts';

/** A coinbase address nobody should own: what a devnet mines for when nobody is named. */
export const DEVNET_ADDRESS = 'dec0de00'.repeat(8);

/** What a key needs besides its schema: how it is written outside a file, and what to say about it. */
export interface KeyMeta {
  /** The flag, with its placeholder, as the help shows it. */
  readonly flag: string;
  /** How its text in a variable or flag becomes a value. */
  readonly kind: 'boolean' | 'number' | 'text';
  readonly description: string;
  /** What a right value is; completes "must be …". */
  readonly expected: string;
  readonly default?: unknown;
  /** Of a key without a default: what holds when it is not set. */
  readonly unset?: string;
  /** Of a key without a default: a value it may have. */
  readonly example?: unknown;
}

/** The metadata of every leaf of the schema. */
export const keyMeta = z.registry<KeyMeta>();

function key<Schema extends z.ZodType>(
  schema: Schema,
  meta: KeyMeta & { readonly default?: z.output<Schema>; readonly example?: z.output<Schema> },
): Schema {
  keyMeta.add(schema, meta);
  return schema;
}

const NETWORKS = Object.keys(networks) as NetworkName[];

const milliseconds = () => z.int().min(1).max(MAX_TIMEOUT_MS);
const MILLISECONDS = 'an integer number of ms from 1 to 2147483647';
const count = () => z.int().min(1).max(1_000_000);
const COUNT = 'an integer from 1 to 1000000';

/**
 * Every key there is. The file has this shape; flags and `QANTO_*` variables set its leaves. Sections are strict
 * objects of further sections and leaves; every leaf is registered in `keyMeta`.
 */
export const configSchema = z.strictObject({
  network: key(z.enum(NETWORKS), {
    flag: '--network <name>',
    kind: 'text',
    description: `network to join: ${NETWORKS.join(', ')}`,
    expected: `one of ${NETWORKS.join(', ')}`,
    default: 'devnet',
  }),
  dataDir: key(z.string().min(1).optional(), {
    flag: '--data-dir <dir>',
    kind: 'text',
    description: 'directory of the block store; relative to the file that names it, else to the current one',
    expected: 'the path of a directory',
    unset: '.qanto/<network>',
    example: './chain',
  }),
  archive: key(z.boolean(), {
    flag: '--archive [boolean]',
    kind: 'boolean',
    description: 'keep blocks behind the pruning point on disk; what was pruned once does not come back',
    expected: 'true or false',
    default: false,
  }),
  minFreeBytes: key(z.int().min(0).optional(), {
    flag: '--min-free-bytes <bytes>',
    kind: 'number',
    description: 'refuse blocks while the file system has less than this left; 0 turns the check off',
    expected: 'an integer number of bytes, at least 0',
    unset: '64 MiB, or a twentieth of the file system where that is less',
    example: 268_435_456,
  }),
  logLevel: key(z.enum(LOG_LEVELS), {
    flag: '--log-level <level>',
    kind: 'text',
    description: `how much to log: ${LOG_LEVELS.join(', ')}`,
    expected: `one of ${LOG_LEVELS.join(', ')}`,
    default: 'info',
  }),
  logFormat: key(z.enum(LOG_FORMATS).optional(), {
    flag: '--log-format <format>',
    kind: 'text',
    description: `how to log: ${LOG_FORMATS.join(', ')}`,
    expected: `one of ${LOG_FORMATS.join(', ')}`,
    unset: 'text when stderr is a terminal, else json',
    example: 'json',
  }),
  node: z.strictObject({
    blocks: key(z.int().min(1).optional(), {
      flag: '--blocks <number>',
      kind: 'number',
      description: 'stop after mining so many blocks',
      expected: 'an integer, at least 1',
      unset: 'mine until stopped',
      example: 20,
    }),
  }),
  server: z.strictObject({
    enabled: key(z.boolean(), {
      flag: '--server-enabled [boolean]',
      kind: 'boolean',
      description: 'serve /metrics, /healthz, /readyz and /status over HTTP',
      expected: 'true or false',
      default: true,
    }),
    host: key(z.string().min(1), {
      flag: '--server-host <host>',
      kind: 'text',
      description: 'address or name to listen on; there is no authentication',
      expected: 'an address or name of this machine',
      default: DEFAULT_HOST,
    }),
    port: key(z.int().min(0).max(65_535).optional(), {
      flag: '--server-port <port>',
      kind: 'number',
      description: 'port to listen on; 0 takes any free one',
      expected: 'an integer from 0 to 65535',
      unset: `${DEFAULT_PORT}, or any free one when that is taken`,
      example: DEFAULT_PORT,
    }),
  }),
  miner: z.strictObject({
    address: key(z.string().regex(/^[0-9a-f]{64}$/i), {
      flag: '--address <hex>',
      kind: 'text',
      description: 'who the blocks are mined for; the default belongs to nobody',
      expected: '64 hex digits',
      default: DEVNET_ADDRESS,
    }),
    threads: key(z.int().min(1).max(MAX_THREADS).optional(), {
      flag: '--threads <number>',
      kind: 'number',
      description: 'most threads to hash on',
      expected: `an integer from 1 to ${MAX_THREADS}`,
      unset: '75 % of the cores',
      example: 2,
    }),
    targetBlockTimeMs: key(milliseconds().optional(), {
      flag: '--target-block-time-ms <ms>',
      kind: 'number',
      description: 'how often to expect a block; sets the solve timeout, never the difficulty',
      expected: MILLISECONDS,
      unset: "the network's",
      example: 1000,
    }),
    solveTimeoutMs: key(milliseconds().optional(), {
      flag: '--solve-timeout-ms <ms>',
      kind: 'number',
      description: 'search one template so long, then back off and take a fresh one',
      expected: MILLISECONDS,
      unset: '10 target block times; none under a seed',
      example: 10_000,
    }),
    useGpu: key(z.boolean(), {
      flag: '--use-gpu [boolean]',
      kind: 'boolean',
      description: 'not supported yet: refused',
      expected: 'true or false',
      default: false,
    }),
    zkEnabled: key(z.boolean(), {
      flag: '--zk-enabled [boolean]',
      kind: 'boolean',
      description: 'not supported yet: refused',
      expected: 'true or false',
      default: false,
    }),
    backoff: z.strictObject({
      initialMs: key(milliseconds(), {
        flag: '--backoff-initial-ms <ms>',
        kind: 'number',
        description: 'wait after the first time-out or failure',
        expected: MILLISECONDS,
        default: DEFAULT_BACKOFF.initialMs,
      }),
      factor: key(z.number().min(1).max(1000), {
        flag: '--backoff-factor <number>',
        kind: 'number',
        description: 'each further wait is so many times longer',
        expected: 'a number from 1 to 1000',
        default: DEFAULT_BACKOFF.factor,
      }),
      maxMs: key(milliseconds(), {
        flag: '--backoff-max-ms <ms>',
        kind: 'number',
        description: 'no wait is longer',
        expected: MILLISECONDS,
        default: DEFAULT_BACKOFF.maxMs,
      }),
      jitter: key(z.number().min(0).max(1), {
        flag: '--backoff-jitter <fraction>',
        kind: 'number',
        description: 'shorten each wait at random by up to this part of it',
        expected: 'a number from 0 to 1',
        default: DEFAULT_BACKOFF.jitter,
      }),
      maxTries: key(count(), {
        flag: '--backoff-max-tries <number>',
        kind: 'number',
        description: 'tries without a block that count as one failure',
        expected: COUNT,
        default: DEFAULT_BACKOFF.maxTries,
      }),
    }),
    circuit: z.strictObject({
      failureThreshold: key(count(), {
        flag: '--circuit-failure-threshold <number>',
        kind: 'number',
        description: 'failures in a row after which mining pauses',
        expected: COUNT,
        default: DEFAULT_CIRCUIT.failureThreshold,
      }),
      resetTimeoutMs: key(milliseconds(), {
        flag: '--circuit-reset-timeout-ms <ms>',
        kind: 'number',
        description: 'how long such a pause is; then a probe follows',
        expected: MILLISECONDS,
        default: DEFAULT_CIRCUIT.resetTimeoutMs,
      }),
      successThreshold: key(count(), {
        flag: '--circuit-success-threshold <number>',
        kind: 'number',
        description: 'blocks after a pause before failures are borne again',
        expected: COUNT,
        default: DEFAULT_CIRCUIT.successThreshold,
      }),
    }),
  }),
});

type SchemaOutput = z.output<typeof configSchema>;

/** A complete configuration. `dataDir` is an absolute path. */
export type Config = Omit<SchemaOutput, 'dataDir'> & { readonly dataDir: string };
