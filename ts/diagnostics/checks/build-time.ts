import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Check } from '../check.ts';
import { checkoutRoot } from '../checkout.ts';
import { judge, THRESHOLDS } from '../thresholds.ts';

/** Both from nothing, beside what is built: a library that is loaded must not be replaced. */
const BUILDS = {
  'native part': (out: string) => [
    'cargo',
    'build',
    '--package',
    'qanto-napi',
    '--release',
    '--locked',
    '--target-dir',
    out,
  ],
  TypeScript: (out: string) => [
    process.execPath,
    'node_modules/typescript/bin/tsc',
    '-p',
    'tsconfig.build.json',
    '--incremental',
    'false',
    '--tsBuildInfoFile',
    'null',
    '--outDir',
    out,
  ],
};

export const buildTime: Check = {
  id: 'build-time',
  title: 'Build time',
  method:
    'Wall time of one build from nothing of the native part (release) and of TypeScript; in a checkout only.',
  seconds: { quick: 0, full: 180 },
  spawns: true,
  async measure({ signal, onProgress }) {
    const root = checkoutRoot();
    if (root === undefined) {
      return {
        figures: [],
        findings: [{ verdict: 'good', statement: 'an installed package: nothing to build' }],
      };
    }
    const out = await mkdtemp(path.join(tmpdir(), 'qanto-build-'));
    try {
      const times: [string, number][] = [];
      for (const [name, command] of Object.entries(BUILDS)) {
        const startedAtMs = performance.now();
        await run(command(path.join(out, String(times.length))), root, signal);
        times.push([name, (performance.now() - startedAtMs) / 1000]);
        onProgress(times.length / Object.keys(BUILDS).length);
      }
      const total = times.reduce((sum, [, seconds]) => sum + seconds, 0);
      return {
        figures: times.map(([name, seconds]) => ({ name, unit: 's', samples: 1, values: { seconds } })),
        findings: [
          {
            verdict: judge(THRESHOLDS.buildSeconds, total),
            statement: `a build from nothing takes ${total.toFixed(0)} s`,
            advice: 'npm run build:ts builds TypeScript alone',
            timed: true,
          },
        ],
      };
    } finally {
      await rm(out, { recursive: true, force: true, maxRetries: 5 });
    }
  },
};

async function run([command, ...args]: string[], cwd: string, signal: AbortSignal): Promise<void> {
  const [code] = await once(spawn(command!, args, { cwd, stdio: 'ignore', signal }), 'close');
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${code}`);
}
