import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ConfigError } from '../../ts/config/errors.ts';
import { type ConfigSources, configKeys, DEVNET_ADDRESS, resolveConfig } from '../../ts/config/index.ts';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'qanto-config-'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true });
});

function resolve(sources: ConfigSources = {}) {
  return resolveConfig({ variables: {}, cwd, ...sources });
}

function writeConfig(content: unknown, name = 'qanto.config.json'): string {
  const file = path.join(cwd, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

async function refusal(sources: ConfigSources): Promise<ConfigError> {
  try {
    await resolve(sources);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was not rejected');
}

describe('The default configuration', () => {
  test('is a devnet node that mines without a limit', async () => {
    const { config } = await resolve();
    expect(config).toMatchObject({
      network: 'devnet',
      dataDir: path.join(cwd, '.qanto', 'devnet'),
      archive: false,
      trustClock: false,
      logLevel: 'info',
      miner: { address: DEVNET_ADDRESS, useGpu: false, zkEnabled: false },
    });
    expect(config.node.blocks).toBeUndefined();
    expect(config.miner.threads).toBeUndefined();
    expect(config.minFreeBytes).toBeUndefined();
  });

  test('has a server on loopback without a fixed port', async () => {
    expect((await resolve()).config.server).toEqual({
      enabled: true,
      host: '127.0.0.1',
      view: true,
    });
  });

  test('has a backoff from 100 ms to 5 s with at most 10 attempts', async () => {
    expect((await resolve()).config.miner.backoff).toMatchObject({
      initialMs: 100,
      factor: 2,
      maxMs: 5000,
      maxTries: 10,
    });
  });

  test('pauses for 30 s after five failures, until two blocks are mined', async () => {
    expect((await resolve()).config.miner.circuit).toEqual({
      failureThreshold: 5,
      resetTimeoutMs: 30_000,
      successThreshold: 2,
    });
  });

  test('is recorded as the source of every key', async () => {
    const { origins } = await resolve();
    expect(new Set(origins.values())).toEqual(new Set(['default']));
    expect([...origins.keys()]).toEqual(configKeys.map(({ key }) => key));
  });
});

describe('The precedence of sources', () => {
  test('is default, file, variable, flag, and the source of each key is recorded', async () => {
    const file = writeConfig({
      logLevel: 'warn',
      miner: { threads: 2, solveTimeoutMs: 1000, targetBlockTimeMs: 7 },
    });
    const { config, origins } = await resolve({
      variables: { QANTO_MINER_THREADS: '3', QANTO_MINER_SOLVE_TIMEOUT_MS: '2000' },
      flags: { 'miner.threads': '4' },
    });
    expect(config.miner).toMatchObject({ threads: 4, solveTimeoutMs: 2000, targetBlockTimeMs: 7 });
    expect(config.logLevel).toBe('warn');
    expect(Object.fromEntries(origins)).toMatchObject({
      'miner.threads': 'flag --threads',
      'miner.solveTimeoutMs': 'variable QANTO_MINER_SOLVE_TIMEOUT_MS',
      'miner.targetBlockTimeMs': `file ${file}`,
      'miner.useGpu': 'default',
    });
  });

  test('also applies to the settings of the circuit breaker', async () => {
    writeConfig({ miner: { circuit: { failureThreshold: 3, resetTimeoutMs: 1000, successThreshold: 1 } } });
    const { config } = await resolve({
      variables: { QANTO_MINER_CIRCUIT_RESET_TIMEOUT_MS: '2000', QANTO_MINER_CIRCUIT_SUCCESS_THRESHOLD: '4' },
      flags: { 'miner.circuit.successThreshold': '5' },
    });
    expect(config.miner.circuit).toEqual({ failureThreshold: 3, resetTimeoutMs: 2000, successThreshold: 5 });
  });

  test('puts the file that a flag names before that of the variable, and that before the default file', async () => {
    writeConfig({ logLevel: 'error' });
    writeConfig({ logLevel: 'warn' }, 'variable.json');
    writeConfig({ logLevel: 'debug' }, 'flag.json');
    const variables = { QANTO_CONFIG: 'variable.json' };
    expect((await resolve()).config.logLevel).toBe('error');
    expect((await resolve({ variables })).config.logLevel).toBe('warn');
    expect((await resolve({ variables, file: 'flag.json' })).config.logLevel).toBe('debug');
  });

  test('ignores an undefined flag and an empty variable', async () => {
    const { origins } = await resolve({
      variables: { QANTO_MINER_THREADS: '' },
      flags: { 'miner.threads': undefined },
    });
    expect(origins.get('miner.threads')).toBe('default');
  });
});

describe('A configuration file', () => {
  test('may have comments and trailing commas', async () => {
    writeConfig('// mine\n{\n  /* two */ "miner": { "threads": 2, }, // cores\n}\n');
    expect((await resolve()).config.miner.threads).toBe(2);
  });

  test('may have a string that contains the characters of a comment', async () => {
    writeConfig('{ "server": { "host": "//host/*x*/" } }');
    expect((await resolve()).config.server.host).toBe('//host/*x*/');
  });

  test('may begin with a byte order mark', async () => {
    writeConfig('\ufeff{ "network": "regtest" }');
    expect((await resolve()).config.network).toBe('regtest');
  });

  test('is not read if the file is false', async () => {
    writeConfig({ network: 'regtest' });
    expect((await resolve({ file: false, variables: { QANTO_CONFIG: 'none.json' } })).config.network).toBe(
      'devnet',
    );
  });
});

const written = (bytes: string | Uint8Array) => {
  const file = path.join(cwd, 'bytes.json');
  writeFileSync(file, bytes);
  return file;
};

describe('A configuration file that is not a text file', () => {
  const fifo = () => {
    const file = path.join(cwd, 'fifo');
    execFileSync('mkfifo', [file]);
    return file;
  };
  const linkTo = (target: string, name: string) => {
    const link = path.join(cwd, name);
    symlinkSync(target, link);
    return link;
  };
  const unix = process.platform === 'win32' ? test.skip : test;

  unix.each([
    ['a FIFO', () => fifo(), /it is a FIFO, and it must be a regular file/],
    ['a link to a FIFO', () => linkTo(fifo(), 'link'), /it is a FIFO/],
    ['an endless device', () => '/dev/zero', /it is a device, and it must be a regular file/],
    ['an empty device', () => '/dev/null', /it is a device/],
    ['a directory', () => cwd, /it is a directory/],
    [
      'a file that is too large',
      () => written(' '.repeat(2 ** 20 + 1)),
      /it must be at most 1048576 bytes long/,
    ],
    ['text in UTF-16', () => written(Buffer.from('\ufeff{}', 'utf16le')), /its encoding is UTF-16/],
    [
      'binary data',
      () => written(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 0])),
      /control character U\+0002/,
    ],
  ])('is refused if it is %s', async (_, file, says) => {
    const error = await refusal({ file: file() });
    expect(error.message).toMatch(says);
    expect(error).toMatchObject({ code: 'ERR_QANTO_INVALID_CONFIG', key: 'config', source: 'flag --config' });
  });

  unix('is refused if it is the default file', async () => {
    linkTo(fifo(), 'qanto.config.json');
    expect((await refusal({})).message).toMatch(/\(from default\): the file cannot be read: it is a FIFO/);
  });
});

test('A configuration file may be as large as the limit', async () => {
  const text = '{ "network": "regtest" }';
  const { config } = await resolve({ file: written(text + ' '.repeat(2 ** 20 - text.length)) });
  expect(config.network).toBe('regtest');
});

describe('A data directory', () => {
  test('in a file is relative to that file', async () => {
    const file = writeConfig({ dataDir: 'chain' });
    expect((await resolve({ file, cwd: tmpdir() })).config.dataDir).toBe(path.join(cwd, 'chain'));
  });

  test('in a flag is relative to the current directory', async () => {
    expect((await resolve({ flags: { dataDir: 'chain' } })).config.dataDir).toBe(path.join(cwd, 'chain'));
  });
});

describe('The resolved configuration', () => {
  test('is deeply frozen', async () => {
    const { config } = await resolve();
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.miner.backoff)).toBe(true);
  });
});

describe('The error', () => {
  test('for a flag names the key, the value, the flag and what is expected', async () => {
    const error = await refusal({ flags: { 'miner.threads': 'many' } });
    expect(error.message).toBe(
      'miner.threads = "many" (from flag --threads): must be an integer from 1 to 256',
    );
    expect(error).toMatchObject({ code: 'ERR_QANTO_INVALID_CONFIG', key: 'miner.threads', value: 'many' });
  });

  test('for a variable names the variable', async () => {
    const error = await refusal({ variables: { QANTO_MINER_ADDRESS: 'abc' } });
    expect(error.message).toBe(
      'miner.address = "abc" (from variable QANTO_MINER_ADDRESS): must be 64 hex digits',
    );
  });

  test('for a value in a file names the path of the file', async () => {
    const file = writeConfig({ miner: { threads: '2' } });
    expect((await refusal({})).message).toBe(
      `miner.threads = "2" (from file ${file}): must be an integer from 1 to 256`,
    );
  });

  test('is not thrown for an invalid value that another source overrides', async () => {
    writeConfig({ miner: { threads: 0 } });
    expect((await resolve({ flags: { 'miner.threads': '2' } })).config.miner.threads).toBe(2);
  });

  test.each([
    ['miner.thread', { miner: { thread: 2 } }, 'miner.threads'],
    ['threads', { threads: 2 }, 'miner.threads'],
    ['minr', { minr: { threads: 2 } }, 'miner'],
    ['miner.backoff.maxTrys', { miner: { backoff: { maxTrys: 2 } } }, 'miner.backoff.maxTries'],
  ])('for the unknown key %s suggests a similar key', async (key, content, meant) => {
    writeConfig(content);
    const error = await refusal({});
    expect(error.key).toBe(key);
    expect(error.message).toContain(`this key does not exist; did you mean ${meant}?`);
  });

  test('for an unknown key does not contain its value, which may be a secret', async () => {
    writeConfig({ server: { token: 'hunter2' } });
    const error = await refusal({});
    expect(error.message).toMatch(/^server\.token \(from file .*\): this key does not exist/);
    expect(error.value).toBeUndefined();
  });

  test('for an unknown key with a long or unprintable name is short and printable', async () => {
    for (const key of ['x'.repeat(1e6), '\u001b]0;title\u0007\u009b\u202e']) {
      writeConfig({ [key]: 1 });
      const { message } = await refusal({});
      expect(message.length).toBeLessThan(300);
      expect(message).toMatch(/^[\x20-\x7e]+$/);
    }
  });

  test('for an unknown key without a similar key suggests none', async () => {
    writeConfig({ colour: 'blue' });
    expect((await refusal({})).message).toMatch(/this key does not exist$/);
  });

  test('for a section that is not an object names the section', async () => {
    writeConfig({ miner: 5 });
    expect((await refusal({})).message).toContain('miner = 5');
    expect((await refusal({})).message).toContain('must be a JSON object');
  });

  test('for a file that is not JSON has the source of its path and the syntax error', async () => {
    writeConfig('{ "logLevel": ');
    expect((await refusal({})).message).toMatch(
      /^config = ".*qanto\.config\.json" \(from default\): the file is not valid JSON: /,
    );
  });

  test('for a missing file names the flag', async () => {
    expect((await refusal({ file: 'nowhere.json' })).message).toMatch(
      /\(from flag --config\): the file cannot be read: ENOENT/,
    );
  });

  test('for a maximum delay below the initial delay names the value that was set', async () => {
    expect((await refusal({ flags: { 'miner.backoff.maxMs': 50 } })).message).toContain(
      'miner.backoff.maxMs = 50 (from flag --backoff-max-ms): must be at least miner.backoff.initialMs = 100 (from default)',
    );
    expect((await refusal({ flags: { 'miner.backoff.initialMs': 9000 } })).message).toContain(
      'miner.backoff.initialMs = 9000 (from flag --backoff-initial-ms): must be at most',
    );
  });

  test.each([
    ['miner.threads', [0, 257, 1.5, Number.NaN, null, [2]]],
    ['miner.solveTimeoutMs', [0, -1, 2 ** 31]],
    ['miner.backoff.jitter', [-0.1, 1.1]],
    ['miner.backoff.factor', [0.5]],
    ['miner.circuit.failureThreshold', [0, 1.5, 1_000_001]],
    ['miner.circuit.resetTimeoutMs', [0, 2 ** 31]],
    ['miner.circuit.successThreshold', [0, -1]],
    ['miner.useGpu', ['yes', 1]],
    ['node.blocks', [0, -3, 2.5]],
    ['server.enabled', ['on', 1]],
    ['server.host', ['', 7]],
    ['server.port', [-1, 65_536, 80.5, 'http']],
    ['server.allowedHosts', [['node.example:80'], ['a.example', 'http://node.example'], [''], 7]],
    ['network', ['mainnet', '']],
    ['dataDir', ['', 5]],
    ['minFreeBytes', [-1, 0.5, '64 MiB']],
    ['logLevel', ['loud']],
  ])('is thrown for every invalid value of %s', async (key, values) => {
    for (const value of values) {
      // The error for a list has the first value that is wrong.
      const wrong = key === 'server.allowedHosts' && Array.isArray(value) ? value.at(-1) : value;
      expect(await refusal({ flags: { [key]: value } })).toMatchObject({ key, value: wrong });
    }
  });
});

describe('Environment variables', () => {
  test('have booleans as true and false', async () => {
    expect((await resolve({ variables: { QANTO_MINER_USE_GPU: 'true' } })).config.miner.useGpu).toBe(true);
    expect((await resolve({ variables: { QANTO_MINER_USE_GPU: 'false' } })).config.miner.useGpu).toBe(false);
  });

  test('have commas between the values of a list', async () => {
    const variables = { QANTO_SERVER_ALLOWED_HOSTS: 'node.example, [2001:db8::1]' };
    const { allowedHosts } = (await resolve({ variables })).config.server;
    expect(allowedHosts).toEqual(['node.example', '[2001:db8::1]']);
  });

  test('may have empty values in a list, which are ignored', async () => {
    const variables = { QANTO_SERVER_ALLOWED_HOSTS: 'node.example,' };
    expect((await resolve({ variables })).config.server.allowedHosts).toEqual(['node.example']);
  });

  test('that are unknown but have the prefix QANTO_ lead to a warning with a suggestion', async () => {
    const { warnings } = await resolve({ variables: { QANTO_MINER_THREAD: '2', PATH: '/bin' } });
    expect(warnings).toEqual([
      'the variable QANTO_MINER_THREAD is unknown and has no effect; did you mean QANTO_MINER_THREADS?',
    ]);
  });

  test('that are unknown are reported without their values, which may be secrets', async () => {
    const { warnings } = await resolve({ variables: { QANTO_TOKEN: 'hunter2' } });
    expect(warnings).toEqual(['the variable QANTO_TOKEN is unknown and has no effect']);
  });

  test('that are unknown are named up to a limit, with short and printable names', async () => {
    const names = [
      `QANTO_${'X'.repeat(1e6)}`,
      'QANTO_\u009b31m',
      ...Array.from({ length: 100 }, (_, n) => `QANTO_${n}`),
    ];
    const { warnings } = await resolve({
      variables: Object.fromEntries(names.map((name) => [name, 'hunter2'])),
    });
    expect(warnings).toHaveLength(11);
    expect(warnings.at(-1)).toBe('the number of further unknown variables with the prefix QANTO_ is 92');
    expect(Math.max(...warnings.map((warning) => warning.length))).toBeLessThan(200);
    expect(warnings.join()).toMatch(/^[\x20-\x7e]+$/);
  });

  test('of qanto that are not configuration keys lead to no warning', async () => {
    expect((await resolve({ variables: { QANTO_TEST_MINING_SEED: '42' } })).warnings).toEqual([]);
  });
});

test('A current directory that no longer exists is rejected with advice', async () => {
  const gone = jest.spyOn(process, 'cwd').mockImplementation(() => {
    throw new Error('ENOENT: no such file or directory, uv_cwd');
  });
  try {
    await expect(resolveConfig({ variables: {} })).rejects.toThrow(
      /current directory.* no longer exists \(ENOENT.*\); change to another directory/,
    );
    await expect(resolveConfig({ variables: {} })).rejects.toThrow(ConfigError);
  } finally {
    gone.mockRestore();
  }
});

describe('The configuration keys', () => {
  test('have distinct flags and variables', () => {
    expect(new Set(configKeys.map(({ flagName }) => flagName)).size).toBe(configKeys.length);
    expect(new Set(configKeys.map(({ variable }) => variable)).size).toBe(configKeys.length);
  });
});

describe('The address of a listener', () => {
  test.each([
    ['127.0.0.1:9000', '127.0.0.1', 9000],
    ['localhost:0', 'localhost', 0],
    ['[::1]:9000', '::1', 9000],
  ])('%s in a flag or a variable enables it, and sets host and port', async (text, host, port) => {
    const expected = { enabled: true, host, port };
    for (const section of ['rpc', 'stratum'] as const) {
      const { config, origins } = await resolve({ flags: { [`${section}.enabled`]: text } });
      expect(config[section]).toMatchObject(expected);
      expect(origins.get(`${section}.port`)).toBe(`flag --${section}`);
    }
    const { config } = await resolve({ variables: { QANTO_RPC_ENABLED: text } });
    expect(config.rpc).toMatchObject(expected);
  });

  test('gives way to the keys of host and port in the same source', async () => {
    const { config } = await resolve({ flags: { 'rpc.enabled': '127.0.0.1:9000', 'rpc.port': '9001' } });
    expect(config.rpc).toMatchObject({ enabled: true, host: '127.0.0.1', port: 9001 });
  });

  test.each(['9000', ':9000', 'localhost', '::1:9000', 'a b:1', '127.0.0.1:', 'yes'])(
    'is not %s, and the error says what it is',
    async (text) => {
      const error = await refusal({ flags: { 'rpc.enabled': text } });
      expect(error).toMatchObject({ key: 'rpc.enabled', value: text, source: 'flag --rpc' });
      expect(error.message).toMatch('HOST:PORT, such as 127.0.0.1:9000');
    },
  );

  test('with a port that does not exist is refused because of the port', async () => {
    expect(await refusal({ flags: { 'rpc.enabled': 'localhost:65536' } })).toMatchObject({ key: 'rpc.port' });
  });

  test('is the address of no other key', async () => {
    expect(await refusal({ flags: { archive: 'localhost:1' } })).toMatchObject({ key: 'archive' });
  });
});

describe('A secret', () => {
  test('is not in the error about it', async () => {
    const file = writeConfig({ rpc: { password: 12_345 } });
    const error = await refusal({ file });
    expect(error).toMatchObject({ key: 'rpc.password', value: undefined });
    expect(error.message).not.toMatch('12345');
  });

  test('in a flag leads to a warning without it, and in a variable or a file it does not', async () => {
    const { warnings } = await resolve({ flags: { 'rpc.user': 'a', 'rpc.password': 'secret' } });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch('use the variable QANTO_RPC_PASSWORD');
    expect(warnings[0]).not.toMatch('secret');
    const quiet = await resolve({ variables: { QANTO_RPC_PASSWORD: 'secret', QANTO_RPC_USER: 'a' } });
    expect(quiet.warnings).toEqual([]);
  });
});

test('The paths of certificates in a file are relative to it', async () => {
  const file = writeConfig({ rpc: { tls: { cert: 'cert.pem', key: '/etc/key.pem' } } });
  const { config } = await resolve({ file, cwd: tmpdir() });
  expect(config.rpc.tls).toEqual({ cert: path.join(cwd, 'cert.pem'), key: '/etc/key.pem' });
});
