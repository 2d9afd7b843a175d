// Bun and Deno instead of Node.js, with packages that npm installed; and single executable applications of Node.js.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { prints, succeed } from '../processes.mjs';
import { NODES, TOOLS } from '../versions.mjs';
import { writeJson } from '../workspace.mjs';
import { bunOf } from './bundlers.mjs';
import { FURTHER_PROGRAMS, PROGRAMS, plain } from './nodes.mjs';

const RUNTIMES = {
  bun: {
    tool: 'Bun',
    version: TOOLS.bun['@oven/bun-linux-x64'],
    command: async (place) => [await bunOf(place)],
  },
  deno: {
    tool: 'Deno',
    version: TOOLS.deno['@deno/linux-x64-glibc'],
    command: async (place) => [
      join(await place.tool('deno'), 'node_modules', '@deno', 'linux-x64-glibc', 'deno'),
      ...['run', '--allow-all'],
    ],
  },
};

const runtime = (name) =>
  [...PROGRAMS, ...FURTHER_PROGRAMS].map((program) => {
    const { tool, version, command } = RUNTIMES[name];
    return {
      name: `${name}-run/${program}`,
      tool,
      version,
      what: `runs ${program} with packages that npm installed`,
      async run(place) {
        const [executable, ...args] = await command(place);
        const options = { cwd: await plain(place), env: await place.env() };
        await prints('ok', executable, [...args, program], options);
      },
    };
  });

/** The first major release with `--build-sea`, which needs no other tool. */
const BUILDS_ITSELF = 26;

const executable = (node) => {
  const major = Number(node.split('.')[0]);
  return {
    name: `sea/node-${major}`,
    tool: 'single executable application',
    version: `Node.js ${node}, esbuild ${TOOLS.esbuild.esbuild}${major < BUILDS_ITSELF ? `, postject ${TOOLS.postject.postject}` : ''}`,
    what: 'a bundle of esbuild is main; the executable runs beside node_modules',
    async run(place) {
      const base = await place.app('esbuild', { tool: 'esbuild', install: ['qanto'], sources: ['programs'] });
      const env = await place.env(node);
      const folder = place.folder(`sea-${major}`);
      const bundle = join(folder, 'main.cjs');
      const esbuild = join(base, 'node_modules', 'esbuild', 'bin', 'esbuild');
      const flags = ['--bundle', '--platform=node', `--outfile=${bundle}`, '--log-level=warning'];
      await succeed('node', [esbuild, 'import.mjs', ...flags], { cwd: base, env });

      const app = join(folder, 'app');
      await (major < BUILDS_ITSELF ? inject : build)(place, node, { folder, app, env });
      const deployed = join(folder, 'deployed');
      const platform = join('node_modules', 'qanto-linux-x64-gnu');
      cpSync(join(base, platform), join(deployed, platform), { recursive: true });
      cpSync(app, join(deployed, 'app'));
      // Neither PATH nor the working directory may help: there is no Node.js in one and no package in the other.
      await prints('ok', join(deployed, 'app'), [], { cwd: place.elsewhere, env: { HOME: env.HOME } });
    },
  };
};

async function inject(place, node, { folder, app, env }) {
  const blob = join(folder, 'app.blob');
  writeJson(join(folder, 'sea.json'), {
    main: 'main.cjs',
    output: blob,
    disableExperimentalSEAWarning: true,
  });
  await succeed('node', ['--experimental-sea-config', 'sea.json'], { cwd: folder, env });
  cpSync(await place.node(node), app);
  const postject = join(await place.tool('postject'), 'node_modules', 'postject', 'dist', 'cli.js');
  const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
  const args = [postject, app, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', fuse];
  await succeed('node', args, { cwd: folder, env });
}

async function build(_place, _node, { folder, app, env }) {
  writeJson(join(folder, 'sea.json'), { main: 'main.cjs', output: app, disableExperimentalSEAWarning: true });
  await succeed('node', ['--build-sea', 'sea.json'], { cwd: folder, env });
}

/** The permissions of Deno for a search, a DAG in a directory and a node with a server, and a search without --allow-ffi. */
const PERMISSIONS = [
  ['search', ['--allow-ffi', '--allow-read', '--allow-env'], ['import.mjs']],
  ['directory', ['--allow-ffi', '--allow-read', '--allow-env', '--allow-write'], ['wide.mjs']],
  ['server', ['--allow-ffi', '--allow-read', '--allow-env', '--allow-net'], ['node-import.mjs']],
  ['no-ffi', ['--allow-read', '--allow-env'], ['refused.mjs', 'ERR_QANTO_NATIVE_UNAVAILABLE']],
].map(([name, permissions, program]) => ({
  name: `deno-run/${name}`,
  ...{ tool: RUNTIMES.deno.tool, version: RUNTIMES.deno.version },
  what: [...permissions, ...program].join(' '),
  async run(place) {
    const [deno] = await RUNTIMES.deno.command(place);
    const options = { cwd: await plain(place), env: await place.env() };
    await prints('ok', deno, ['run', '--no-prompt', ...permissions, ...program], options);
  },
}));

export default [...runtime('bun'), ...runtime('deno'), ...PERMISSIONS, ...NODES.map(executable)];
