import { MAX_THREADS } from 'qanto';
import type { NetworkName } from 'qanto/dag';
import {
  DEFAULT_BACKOFF,
  DEFAULT_CIRCUIT,
  LOG_FORMATS,
  LOG_LEVELS,
  MAX_TIMEOUT_MS,
  networks,
} from 'qanto/internal';
import { z } from 'zod';
import {
  DEFAULT_HOST,
  DEFAULT_PORT,
  DEFAULT_RPC_PORT,
  DEFAULT_STRATUM_PORT,
  HOST,
  HOST_EXPECTED,
  MAX_PORT,
} from './server-defaults.ts';

/** The default coinbase address. Nobody should own it. */
export const DEVNET_ADDRESS = 'dec0de00'.repeat(8);

/** What a key needs besides its schema: its flag, and its description. */
export interface KeyMeta {
  /** The flag with its placeholder, as the help shows it. */
  readonly flag: string;
  /**
   * How the text of a variable or flag is parsed. A list has commas between its values. A listener is a boolean, or `HOST:PORT`,
   * which also sets the keys `host` and `port` of the same section.
   */
  readonly kind: 'boolean' | 'list' | 'listener' | 'number' | 'text';
  /** Whether the value must not be shown. */
  readonly isSecret?: boolean;
  /** Whether the value is a path, which is relative to the file that sets it. */
  readonly isPath?: boolean;
  readonly description: string;
  /** Describes a valid value; completes "must be ...". */
  readonly expected: string;
  readonly default?: unknown;
  /** For a key without a default: what applies if it is not set. */
  readonly unset?: string;
  /** For a key without a default: an example of a valid value. */
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

/** A listener may also be written as the address on which it listens. */
const LISTENER = 'true or false, or in a flag or variable HOST:PORT, such as 127.0.0.1:9000 or [::1]:9000';

const NETWORKS = Object.keys(networks) as NetworkName[];

const milliseconds = () => z.int().min(1).max(MAX_TIMEOUT_MS);
const MILLISECONDS = 'an integer from 1 to 2147483647, in ms';
const count = () => z.int().min(1).max(1_000_000);
const COUNT = 'an integer from 1 to 1000000';

/**
 * Every configuration key. The file has this shape; flags and `QANTO_*` variables set its leaves. A section is a strict
 * object of sections and leaves; every leaf is registered in `keyMeta`.
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
    isPath: true,
    description:
      'directory of the block store; relative to the file that sets it, otherwise to the current directory',
    expected: 'the path of a directory',
    unset: '.qanto/<network>',
    example: './chain',
  }),
  archive: key(z.boolean(), {
    flag: '--archive [boolean]',
    kind: 'boolean',
    description: 'keep blocks below the pruning point on disk; blocks already pruned are not restored',
    expected: 'true or false',
    default: false,
  }),
  minFreeBytes: key(z.int().min(0).optional(), {
    flag: '--min-free-bytes <bytes>',
    kind: 'number',
    description:
      'refuse new blocks while the file system has fewer free bytes than this; 0 disables the check',
    expected: 'an integer number of bytes of at least 0',
    unset: '64 MiB, or 5 % of the file system if that is less',
    example: 268_435_456,
  }),
  trustClock: key(z.boolean(), {
    flag: '--trust-clock [boolean]',
    kind: 'boolean',
    description:
      'use the clock of the machine as it is, even if it is set forward or is behind the last blocks',
    expected: 'true or false',
    default: false,
  }),
  logLevel: key(z.enum(LOG_LEVELS), {
    flag: '--log-level <level>',
    kind: 'text',
    description: `log level: ${LOG_LEVELS.join(', ')}`,
    expected: `one of ${LOG_LEVELS.join(', ')}`,
    default: 'info',
  }),
  logFormat: key(z.enum(LOG_FORMATS).optional(), {
    flag: '--log-format <format>',
    kind: 'text',
    description: `log format: ${LOG_FORMATS.join(', ')}`,
    expected: `one of ${LOG_FORMATS.join(', ')}`,
    unset: 'text if stderr is a terminal, otherwise json',
    example: 'json',
  }),
  node: z.strictObject({
    blocks: key(z.int().min(1).optional(), {
      flag: '--blocks <number>',
      kind: 'number',
      description: 'stop after mining this number of blocks',
      expected: 'an integer of at least 1',
      unset: 'no limit',
      example: 20,
    }),
  }),
  server: z.strictObject({
    enabled: key(z.boolean(), {
      flag: '--server-enabled [boolean]',
      kind: 'boolean',
      description: 'serve /metrics, /healthz, /readyz, /status and a page over HTTP',
      expected: 'true or false',
      default: true,
    }),
    host: key(z.string().min(1), {
      flag: '--server-host <host>',
      kind: 'text',
      description: 'address or host name to listen on; only the page has authentication',
      expected: 'an address or host name of this machine',
      default: DEFAULT_HOST,
    }),
    port: key(z.int().min(0).max(MAX_PORT).optional(), {
      flag: '--server-port <port>',
      kind: 'number',
      description: 'port to listen on; 0 selects any free port',
      expected: `an integer from 0 to ${MAX_PORT}`,
      unset: `${DEFAULT_PORT}, or any free port if that is in use`,
      example: DEFAULT_PORT,
    }),
    allowedHosts: key(z.array(z.string().regex(HOST)).optional(), {
      flag: '--server-allowed-hosts <hosts>',
      kind: 'list',
      description:
        'further host names to which requests may be addressed while the server listens only on loopback addresses, such as the public name of a proxy',
      expected: `a list of ${HOST_EXPECTED}`,
      unset: 'none',
      example: ['node.example'],
    }),
    view: key(z.boolean(), {
      flag: '--server-view [boolean]',
      kind: 'boolean',
      description:
        'serve a page at / that shows the DAG live; other machines need a link with a code to see it',
      expected: 'true or false',
      default: true,
    }),
  }),
  control: z.strictObject({
    enabled: key(z.boolean(), {
      flag: '--control-enabled [boolean]',
      kind: 'boolean',
      description:
        'listen on a control socket in the data directory, through which the commands talk to the node',
      expected: 'true or false',
      default: true,
    }),
  }),
  stratum: z.strictObject({
    enabled: key(z.boolean(), {
      flag: '--stratum [host:port]',
      kind: 'listener',
      description: 'give work to miners that speak Stratum v1, and add the blocks that they find',
      expected: LISTENER,
      default: false,
    }),
    host: key(z.string().min(1), {
      flag: '--stratum-host <host>',
      kind: 'text',
      description: 'address or host name to listen on for miners; Stratum has no authentication',
      expected: 'an address or host name of this machine',
      default: DEFAULT_HOST,
    }),
    port: key(z.int().min(0).max(MAX_PORT), {
      flag: '--stratum-port <port>',
      kind: 'number',
      description: 'port to listen on for miners; 0 selects any free port',
      expected: `an integer from 0 to ${MAX_PORT}`,
      default: DEFAULT_STRATUM_PORT,
    }),
  }),
  rpc: z.strictObject({
    enabled: key(z.boolean(), {
      flag: '--rpc [host:port]',
      kind: 'listener',
      description:
        'serve JSON-RPC over HTTP, with the methods of Bitcoin Core for miners; clients need credentials',
      expected: LISTENER,
      default: false,
    }),
    host: key(z.string().min(1), {
      flag: '--rpc-host <host>',
      kind: 'text',
      description: 'address or host name to listen on for JSON-RPC',
      expected: 'an address or host name of this machine',
      default: DEFAULT_HOST,
    }),
    port: key(z.int().min(0).max(MAX_PORT), {
      flag: '--rpc-port <port>',
      kind: 'number',
      description: 'port to listen on for JSON-RPC; 0 selects any free port',
      expected: `an integer from 0 to ${MAX_PORT}`,
      default: DEFAULT_RPC_PORT,
    }),
    allowedHosts: key(z.array(z.string().regex(HOST)).optional(), {
      flag: '--rpc-allowed-hosts <hosts>',
      kind: 'list',
      description:
        'further host names to which requests may be addressed while JSON-RPC listens only on loopback addresses',
      expected: `a list of ${HOST_EXPECTED}`,
      unset: 'none',
      example: ['node.example'],
    }),
    allowInsecure: key(z.boolean(), {
      flag: '--rpc-allow-insecure [boolean]',
      kind: 'boolean',
      description: 'let other machines use JSON-RPC without TLS, so that their credentials are not encrypted',
      expected: 'true or false',
      default: false,
    }),
    user: key(
      z
        .string()
        .regex(/^[^:]+$/)
        .optional(),
      {
        flag: '--rpc-user <name>',
        kind: 'text',
        description: 'user of JSON-RPC, together with rpc.password',
        expected: 'a name without a colon',
        unset: 'a random token in the file rpc.cookie of the data directory',
        example: 'miner',
      },
    ),
    password: key(z.string().min(1).optional(), {
      flag: '--rpc-password <text>',
      kind: 'text',
      isSecret: true,
      description:
        'password of rpc.user; other users of this machine can see a flag, so use the file or the variable',
      expected: 'a text that is not empty',
      unset: 'none',
      example: 'a long random text',
    }),
    tls: z.strictObject({
      cert: key(z.string().min(1).optional(), {
        flag: '--rpc-tls-cert <file>',
        kind: 'text',
        isPath: true,
        description: 'certificate in PEM with which JSON-RPC uses TLS, together with rpc.tls.key',
        expected: 'the path of a file',
        unset: 'no TLS',
        example: './cert.pem',
      }),
      key: key(z.string().min(1).optional(), {
        flag: '--rpc-tls-key <file>',
        kind: 'text',
        isPath: true,
        description: 'key of the certificate in PEM, without a passphrase',
        expected: 'the path of a file',
        unset: 'no TLS',
        example: './key.pem',
      }),
    }),
  }),
  miner: z.strictObject({
    address: key(z.string().regex(/^[0-9a-f]{64}$/i), {
      flag: '--address <hex>',
      kind: 'text',
      description: 'coinbase address of the mined blocks; nobody owns the default address',
      expected: '64 hex digits',
      default: DEVNET_ADDRESS,
    }),
    threads: key(z.int().min(1).max(MAX_THREADS).optional(), {
      flag: '--threads <number>',
      kind: 'number',
      description: 'maximum number of hashing threads',
      expected: `an integer from 1 to ${MAX_THREADS}`,
      unset: '75 % of the cores',
      example: 2,
    }),
    targetBlockTimeMs: key(milliseconds().optional(), {
      flag: '--target-block-time-ms <ms>',
      kind: 'number',
      description: 'expected time between blocks; sets the default solve timeout, not the difficulty',
      expected: MILLISECONDS,
      unset: 'the target block time of the network',
      example: 1000,
    }),
    solveTimeoutMs: key(milliseconds().optional(), {
      flag: '--solve-timeout-ms <ms>',
      kind: 'number',
      description: 'maximum time to search one template; after a delay the miner takes a new one',
      expected: MILLISECONDS,
      unset: '10 target block times; no timeout in a seeded run',
      example: 10_000,
    }),
    useGpu: key(z.boolean(), {
      flag: '--use-gpu [boolean]',
      kind: 'boolean',
      description: 'not supported yet; true is rejected',
      expected: 'true or false',
      default: false,
    }),
    zkEnabled: key(z.boolean(), {
      flag: '--zk-enabled [boolean]',
      kind: 'boolean',
      description: 'not supported yet; true is rejected',
      expected: 'true or false',
      default: false,
    }),
    backoff: z.strictObject({
      initialMs: key(milliseconds(), {
        flag: '--backoff-initial-ms <ms>',
        kind: 'number',
        description: 'delay after the first timeout or failure',
        expected: MILLISECONDS,
        default: DEFAULT_BACKOFF.initialMs,
      }),
      factor: key(z.number().min(1).max(1000), {
        flag: '--backoff-factor <number>',
        kind: 'number',
        description: 'delay multiplier, applied after each further timeout or failure',
        expected: 'a number from 1 to 1000',
        default: DEFAULT_BACKOFF.factor,
      }),
      maxMs: key(milliseconds(), {
        flag: '--backoff-max-ms <ms>',
        kind: 'number',
        description: 'maximum delay',
        expected: MILLISECONDS,
        default: DEFAULT_BACKOFF.maxMs,
      }),
      jitter: key(z.number().min(0).max(1), {
        flag: '--backoff-jitter <fraction>',
        kind: 'number',
        description: 'maximum fraction by which each delay is randomly shortened',
        expected: 'a number from 0 to 1',
        default: DEFAULT_BACKOFF.jitter,
      }),
      maxTries: key(count(), {
        flag: '--backoff-max-tries <number>',
        kind: 'number',
        description: 'number of attempts without a block that count as one failure',
        expected: COUNT,
        default: DEFAULT_BACKOFF.maxTries,
      }),
    }),
    circuit: z.strictObject({
      failureThreshold: key(count(), {
        flag: '--circuit-failure-threshold <number>',
        kind: 'number',
        description: 'number of consecutive failures after which mining pauses',
        expected: COUNT,
        default: DEFAULT_CIRCUIT.failureThreshold,
      }),
      resetTimeoutMs: key(milliseconds(), {
        flag: '--circuit-reset-timeout-ms <ms>',
        kind: 'number',
        description: 'duration of the pause; mining is then tried again',
        expected: MILLISECONDS,
        default: DEFAULT_CIRCUIT.resetTimeoutMs,
      }),
      successThreshold: key(count(), {
        flag: '--circuit-success-threshold <number>',
        kind: 'number',
        description:
          'number of blocks to mine after a pause until mining counts as recovered; before that, one failure pauses it again',
        expected: COUNT,
        default: DEFAULT_CIRCUIT.successThreshold,
      }),
    }),
  }),
});

type SchemaOutput = z.output<typeof configSchema>;

/** A complete configuration. `dataDir` is an absolute path. */
export type Config = Omit<SchemaOutput, 'dataDir'> & { readonly dataDir: string };
