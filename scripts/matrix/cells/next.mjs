// Next.js with the configuration that docs/tools.md describes. The app has a route handler that solves a template, and is
// built as a standalone server.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, readdirSync, renameSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { excerpt, succeed } from '../processes.mjs';
import { TOOLS, TOOLS_NODE } from '../versions.mjs';

const STARTED_WITHIN_MS = 60_000;

const cell = (bundler) => ({
  name: `next/${bundler}`,
  tool: 'Next.js',
  version: `${TOOLS.next.next}, Node.js ${TOOLS_NODE}`,
  what: `next build --${bundler}, output: 'standalone', serverExternalPackages: ['qanto']`,
  async run(place) {
    const folder = await place.app(`next-${bundler}`, {
      ...{ tool: 'next', install: ['qanto'], sources: ['next'] },
      renamed: { 'route.mjs': 'app/api/solve/route.js' },
    });
    const env = await place.env(TOOLS_NODE, { NEXT_TELEMETRY_DISABLED: '1' });
    const next = join(folder, 'node_modules', 'next', 'dist', 'bin', 'next');
    await succeed('node', [next, 'build', `--${bundler}`], { cwd: folder, env });

    // A deployed server has only the files that Next.js traced, so the rest of the app must not be found.
    const standalone = place.folder(`next-${bundler}-standalone`);
    cpSync(join(folder, '.next', 'standalone'), standalone, { recursive: true, verbatimSymlinks: true });
    renameSync(folder, `${folder}.aside`);
    const binaries = filesIn(join(standalone, 'node_modules')).filter((file) => file.endsWith('.node'));
    if (!binaries.some((file) => file.endsWith('qanto.linux-x64-gnu.node'))) {
      throw new Error(`no binary of qanto was traced, only ${binaries.join(', ') || 'nothing'}`);
    }
    const answer = await ask(standalone, env, '/api/solve');
    if (answer !== '200 ok') throw new Error(`the route handler answered ${answer}`);
  },
});

/** Starts the server of a folder, requests a path and stops the server. Resolves to the status and the text. */
async function ask(folder, env, path) {
  const server = join(folder, 'server.js');
  if (!existsSync(server)) throw new Error(`there is no server.js, only ${readdirSync(folder).join(', ')}`);
  const port = await freePort();
  const child = spawn('node', [server], {
    cwd: folder,
    env: { ...env, PORT: String(port), HOSTNAME: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      output += text;
    });
  }
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    const deadlineMs = performance.now() + STARTED_WITHIN_MS;
    while (performance.now() < deadlineMs && child.exitCode === null) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
      if (response !== undefined) {
        const text = await response.text();
        return response.ok ? `${response.status} ${text}` : `${response.status}:\n${excerpt(output)}`;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`the server did not start:\n${excerpt(output)}`);
  } finally {
    child.kill();
    await ended;
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function filesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

export default ['turbopack', 'webpack'].map(cell);
