/** Tests the library in a folder of its own, without any other package. */
import crypto from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execute, ROOT } from './install.ts';

let folder: string;
const BINARIES = path.join(ROOT, 'crates', 'qanto-napi');
const binary = readdirSync(BINARIES).find((name) => name.endsWith('.node'))!;

beforeAll(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'qanto-alone-')));
  cpSync(path.join(ROOT, 'dist'), path.join(folder, 'dist'), { recursive: true });
  cpSync(path.join(BINARIES, binary), path.join(folder, 'here.node'));
});

afterAll(() => rmSync(folder, { recursive: true }));

const SOLVE = `const { solvePow, verifyPow } = require('./dist/index.js');
  const template = { algorithm: 'sha256d', preimage: new Uint8Array(28), nonce: { offset: 20, encoding: 'u64le' }, target: 2n ** 250n };
  solvePow(template).then(({ nonce }) => console.log(verifyPow(template, nonce)), ({ code }) => console.log(code));`;

/** Uses the binary, unless `QANTO_NATIVE_BINARY` is given as the empty string. */
function run(
  program: string,
  { flags = [] as string[], binaryVariable = path.join(folder, 'here.node') } = {},
) {
  const env = { PATH: process.env['PATH'], QANTO_NATIVE_BINARY: binaryVariable };
  return execute(process.execPath, [...flags, '-e', program], { cwd: folder, env });
}

describe('A call that needs an optional package which is not installed', () => {
  test.each([
    ['createLogger()', 'winston'],
    ['new Metrics()', 'prom-client'],
  ])('throws an error with the command that installs it, for %s', (call, name) => {
    const program = `const { createLogger, Metrics, MissingPackageError } = require('./dist/telemetry/index.js');
      try { ${call}; } catch (error) { console.log(error instanceof MissingPackageError, error.code, error.packageName, error.message); }`;
    const message = `${call} needs the package ${name}, which is not installed; install it with "npm install ${name}"`;
    expect(run(program)).toEqual({ code: 0, output: `true ERR_QANTO_MISSING_PACKAGE ${name} ${message}\n` });
  });

  test('throws an error with the command that installs it, for ARGON2ID, where Node.js has no such function', () => {
    const program = `const { altcha, QantoError } = require('./dist/formats/index.js');
      const parameters = { algorithm: 'ARGON2ID', cost: 1, memoryCost: 8, nonce: '00', salt: '00'.repeat(8), keyPrefix: '0' };
      altcha.v2.solve({ parameters }).then(() => console.log('solved'), ({ code, message }) => console.log(code, message));`;
    const missing =
      'ERR_QANTO_MISSING_PACKAGE ARGON2ID needs the package @node-rs/argon2, which is not installed; install it with "npm install @node-rs/argon2"';
    const output = 'argon2Sync' in crypto ? 'solved' : missing;
    expect(run(program)).toEqual({ code: 0, output: `${output}\n` });
  });

  test('checks its arguments first, for new Metrics()', () => {
    const program = `const { Metrics } = require('./dist/telemetry/index.js');
      try { new Metrics({ registry: {} }); } catch ({ code }) { console.log(code); }`;
    expect(run(program)).toEqual({ code: 0, output: 'ERR_QANTO_INVALID_ARGUMENT\n' });
  });
});

describe('A search', () => {
  test('needs nothing but the binary', () => {
    expect(run(SOLVE)).toEqual({ code: 0, output: 'true\n' });
  });

  test('accepts a path of the binary that is relative to the working directory', () => {
    expect(run(SOLVE, { binaryVariable: 'here.node' })).toEqual({ code: 0, output: 'true\n' });
  });

  test('has a span of a registered SDK although no API package can be found', () => {
    const registered = `const span = {
        spanContext: () => ({ traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 }),
        isRecording: () => true, setAttribute() {}, setAttributes() {}, addEvent() {}, end() {},
      };
      const startSpan = (name) => { console.log(name); return span; };
      globalThis[Symbol.for('opentelemetry.js.api.1')] = { version: '1.8.0', trace: { getTracer: () => ({ startSpan }) } };`;
    expect(run(`${registered} ${SOLVE}`)).toEqual({
      code: 0,
      output: expect.stringMatching(/^solvePow\n(mine_cpu\n)+true\n$/),
    });
  });

  test('rejects with a code if there is no binary', () => {
    expect(run(SOLVE, { binaryVariable: '' })).toEqual({ code: 0, output: 'ERR_QANTO_NATIVE_UNAVAILABLE\n' });
  });

  test('rejects with a code if Node.js allows no addons', () => {
    expect(run(SOLVE, { flags: ['--no-addons'] })).toEqual({
      code: 0,
      output: 'ERR_QANTO_NATIVE_UNAVAILABLE\n',
    });
  });

  test('works if Node.js disallows code generation from strings', () => {
    const flags = ['--disallow-code-generation-from-strings'];
    expect(run(SOLVE, { flags })).toEqual({ code: 0, output: 'true\n' });
  });
});
