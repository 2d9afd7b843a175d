// The duration of a build of this repository, as a check for "qanto diagnose" that performance.mjs adds to the others.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { judge, THRESHOLDS } from '../npm/qanto-node/dist/diagnostics/thresholds.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TSC = 'node_modules/typescript/bin/tsc';

/** Full builds into another folder, because the libraries that this process has loaded must not be replaced. */
const BUILDS = {
  'native part': (out) => [
    ...['cargo', 'build', '--package', 'qanto-napi', '--release', '--locked', '--target-dir', out],
  ],
  'TypeScript, the library': (out) => compile('tsconfig.lib.json', out),
  'TypeScript, the node': (out) => compile('tsconfig.node.json', out),
};

function compile(project, out) {
  return [process.execPath, TSC, '-p', project, '--tsBuildInfoFile', path.join(out, 'info'), '--outDir', out];
}

/** @type {import('../npm/qanto-node/dist/diagnostics/check.js').Check} */
export const buildTime = {
  id: 'build-time',
  title: 'Build time',
  method: 'Wall time of one full build of the native part (release) and of TypeScript.',
  seconds: { quick: 0, full: 180 },
  spawns: true,
  async measure({ signal, onProgress }) {
    const out = await mkdtemp(path.join(tmpdir(), 'qanto-build-'));
    try {
      const times = [];
      for (const [name, command] of Object.entries(BUILDS)) {
        const startedAtMs = performance.now();
        await run(command(path.join(out, String(times.length))), signal);
        times.push([name, (performance.now() - startedAtMs) / 1000]);
        onProgress(times.length / Object.keys(BUILDS).length);
      }
      const total = times.reduce((sum, [, seconds]) => sum + seconds, 0);
      return {
        figures: times.map(([name, seconds]) => ({ name, unit: 's', samples: 1, values: { seconds } })),
        findings: [
          {
            verdict: judge(THRESHOLDS.buildSeconds, total),
            statement: `a full build takes ${total.toFixed(0)} s`,
            advice: 'npm run build:ts builds only TypeScript',
            timed: true,
          },
        ],
      };
    } finally {
      await rm(out, { recursive: true, force: true, maxRetries: 5 });
    }
  },
};

async function run([command, ...args], signal) {
  const [code] = await once(spawn(command, args, { cwd: ROOT, stdio: 'ignore', signal }), 'close');
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${code}`);
}
