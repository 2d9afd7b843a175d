#!/usr/bin/env node
// Makes hostile calls to the addon's entry points, in child processes. A crash is recognised by the signal that ended the
// process, and can be repeated with the printed seed and number.
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const child = fileURLToPath(new URL('./napi-child.mjs', import.meta.url));

/** Runs `executions` calls, starting at number `from`. Resolves to the number of calls of each entry point. */
function runChild(seed, from, executions) {
  return new Promise((resolve, reject) => {
    let done = from;
    let counts;
    let errors = '';
    const running = fork(child, [seed, from, executions].map(String), {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      timeout: 600_000,
    });
    running.stderr.on('data', (data) => {
      errors += data;
    });
    running.on('message', (message) => {
      done = message.number ?? done;
      counts = message.counts ?? counts;
    });
    running.on('close', (code, signal) => {
      if (code === 0 && counts) return resolve(counts);
      const again = `node fuzz/napi.mjs --seed ${seed} --from ${done} --executions ${Math.min(1001, executions)}`;
      reject(
        new Error(
          `a call ended the process (${signal ?? `exit code ${code}`})\n  repeat it with: ${again}\n${errors}`,
        ),
      );
    });
  });
}

/** Distributes the calls over the cores. Resolves to the number of calls of each entry point, and their duration in seconds. */
export async function fuzzAddon({ seed, from = 0, executions }) {
  const began = performance.now();
  const children = executions < 10_000 ? 1 : availableParallelism();
  const each = Math.ceil(executions / children);
  const parts = await Promise.all(
    Array.from({ length: children }, (_, index) => runChild(seed, from + index * each, each)),
  );
  const counts = {};
  for (const part of parts) {
    for (const [name, count] of Object.entries(part)) counts[name] = (counts[name] ?? 0) + count;
  }
  return { counts, seconds: (performance.now() - began) / 1000 };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 48)) },
      from: { type: 'string', default: '0' },
      executions: { type: 'string', default: '400000' },
    },
  });
  const numbers = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Number(value)]));
  console.log(`seed ${numbers.seed}`);
  console.table((await fuzzAddon(numbers)).counts);
}
