// Package managers. Each adds both packages by name, with default settings. It must exit with code 0 without running a
// script of a package, and the programs must run.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prints, succeed } from '../processes.mjs';
import { TOOLS, TOOLS_NODE } from '../versions.mjs';
import { writeJson } from '../workspace.mjs';
import { bunOf } from './bundlers.mjs';
import { PROGRAMS } from './nodes.mjs';

const NODE_PROGRAMS = ['node-import.mjs', 'node-require.cjs'];
const SCRIPTS = ['preinstall', 'install', 'postinstall'];

const MANAGERS = [
  ...['npm-10', 'npm-12'].map((tool) => ({
    ...{ name: tool, tool: 'npm', version: TOOLS[tool].npm },
    async add(place, at) {
      const npm = join(await place.tool(tool), 'node_modules', 'npm', 'bin', 'npm-cli.js');
      await succeed('node', [npm, 'install', '--no-audit', '--no-fund', 'qanto', 'qanto-node'], at);
    },
  })),
  ...['pnpm-10', 'pnpm-12'].map((tool) => ({
    ...{ name: tool, tool: 'pnpm', version: Object.values(TOOLS[tool])[0] },
    async add(place, at) {
      const modules = join(await place.tool(tool), 'node_modules');
      const script = join(modules, 'pnpm', 'bin', 'pnpm.cjs');
      const args = ['add', '--store-dir', join(place.home, 'pnpm-store'), 'qanto', 'qanto-node'];
      const { output } = existsSync(script)
        ? await succeed('node', [script, ...args], at)
        : await succeed(join(modules, '@pnpm', 'exe.linux-x64', 'pnpm'), args, at);
      if (/build script/i.test(output)) throw new Error(`pnpm reports build scripts:\n${output}`);
    },
  })),
  ...['node-modules', 'pnp'].map((linker) => ({
    ...{
      name: `yarn-${linker}`,
      tool: 'Yarn',
      version: TOOLS.yarn['@yarnpkg/cli-dist'],
      what: `nodeLinker ${linker}`,
    },
    async add(place, at) {
      const lines = [
        `nodeLinker: ${linker}`,
        `npmRegistryServer: ${JSON.stringify(place.registry)}`,
        "unsafeHttpWhitelist: ['127.0.0.1']",
        'enableTelemetry: false',
        'npmMinimalAgeGate: 0',
        `globalFolder: ${JSON.stringify(join(place.home, 'yarn'))}`,
        '',
      ];
      writeFileSync(join(at.cwd, '.yarnrc.yml'), lines.join('\n'));
      writeFileSync(join(at.cwd, 'yarn.lock'), '');
      forget(join(place.home, 'yarn'));
      const { output } = await succeed('node', [await yarn(place), 'add', 'qanto', 'qanto-node'], at);
      // YN0007: a package must be built. YN0004 and YN0005: it is not built, because scripts are disabled.
      if (/YN000[457]/.test(output)) throw new Error(`Yarn reports build scripts:\n${output}`);
    },
    ...(linker === 'pnp' && {
      run: async (place, program, at) => prints('ok', 'node', [await yarn(place), 'node', program], at),
    }),
  })),
  {
    ...{ name: 'bun-add', tool: 'Bun', version: TOOLS.bun['@oven/bun-linux-x64'] },
    async add(place, at) {
      const { output } = await succeed(await bunOf(place), ['add', 'qanto', 'qanto-node'], at);
      if (/blocked/i.test(output)) throw new Error(`Bun reports build scripts:\n${output}`);
    },
  },
];

async function yarn(place) {
  return join(await place.tool('yarn'), 'node_modules', '@yarnpkg', 'cli-dist', 'bin', 'yarn.js');
}

/**
 * Removes qanto from Yarn's cache, in which a package is identified only by its name and version, although the packages of
 * qanto change without a new version. Also removes Yarn's metadata, which contains the port of an earlier registry.
 */
function forget(folder) {
  rmSync(join(folder, 'metadata'), { recursive: true, force: true });
  const cache = join(folder, 'cache');
  if (!existsSync(cache)) return;
  for (const file of readdirSync(cache)) if (file.startsWith('qanto')) rmSync(join(cache, file));
}

/** Throws if an installed package has an install script, or a binding.gyp, which npm would build. */
function hasNoScripts(modules) {
  if (!existsSync(modules)) return;
  for (const entry of readdirSync(modules, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.name === 'binding.gyp') throw new Error(`${file} would be built`);
    if (entry.name !== 'package.json' || !entry.isFile()) continue;
    const { scripts = {}, version } = JSON.parse(readFileSync(file, 'utf8'));
    const found = SCRIPTS.filter((name) => scripts[name] !== undefined);
    if (version !== undefined && found.length > 0) throw new Error(`${file} has the script ${found}`);
  }
}

const cell = ({ name, tool, version, what, add, run: start }) => ({
  name,
  tool,
  version: `${version}, Node.js ${TOOLS_NODE}`,
  what: [what, 'adds qanto and qanto-node, and runs the programs'].filter(Boolean).join(', '),
  async run(place) {
    const folder = place.folder(name);
    const env = await place.env(TOOLS_NODE, { CI: '1' });
    const at = { cwd: folder, env };
    writeJson(join(folder, 'package.json'), { name: 'app', version: '1.0.0', private: true });
    // Not every package manager reads the variable npm_config_registry.
    writeFileSync(join(folder, '.npmrc'), `registry=${place.registry}\n`);
    for (const source of ['common', 'programs']) place.copy(source, folder);
    await add(place, at);
    hasNoScripts(join(folder, 'node_modules'));
    for (const program of [...PROGRAMS, ...NODE_PROGRAMS]) {
      if (start !== undefined) await start(place, program, at);
      else await prints('ok', 'node', [program], at);
    }
  },
});

export default MANAGERS.map(cell);
