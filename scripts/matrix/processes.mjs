// Runs programs asynchronously, so that the registry in this process can answer requests in the meantime.
import { spawn } from 'node:child_process';

const LIMIT_MS = 5 * 60_000;
const SHOWN_CHARACTERS = 1600;

/** Runs a program. Resolves to its exit code, stdout, and stdout with stderr. Rejects if it cannot be started. */
export function execute(command, args, { cwd, env, limitMs = LIMIT_MS }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: limitMs });
    let stdout = '';
    let output = '';
    child.stdout.on('data', (text) => {
      stdout += text;
      output += text;
    });
    child.stderr.on('data', (text) => {
      output += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, output }));
  });
}

/** Runs a program as `execute` does, and rejects unless its exit code is 0. */
export async function succeed(command, args, options) {
  const result = await execute(command, args, options);
  if (result.code !== 0) {
    throw new Error(`${describe(command, args)} ended with ${ending(result)}:\n${excerpt(result.output)}`);
  }
  return result;
}

/** Runs a program as `succeed` does, and rejects unless it prints exactly `expected` to stdout. */
export async function prints(expected, command, args, options) {
  const result = await succeed(command, args, options);
  if (result.stdout.trim() !== expected) {
    throw new Error(
      `${describe(command, args)} printed ${JSON.stringify(excerpt(result.output))} instead of ${JSON.stringify(expected)}`,
    );
  }
  return result;
}

/** The beginning and the end of an output, for the message of a failed cell. */
export function excerpt(text) {
  const trimmed = text.trim();
  if (trimmed.length <= SHOWN_CHARACTERS) return trimmed;
  return `${trimmed.slice(0, SHOWN_CHARACTERS / 2)} … ${trimmed.slice(-SHOWN_CHARACTERS / 2)}`;
}

function describe(command, args) {
  return [command.split('/').at(-1), ...args.map((arg) => arg.split('/').at(-1))].join(' ');
}

function ending({ code, signal }) {
  return signal === null ? `exit code ${code}` : signal;
}
