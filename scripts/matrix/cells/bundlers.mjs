// Bundlers, each with the smallest configuration that works. A bundle is run beside node_modules, and again beside a
// node_modules that contains only the platform's package, which proves that the bundle does not use an installed qanto.
import { cpSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prints, succeed } from '../processes.mjs';
import { TOOLS, TOOLS_NODE } from '../versions.mjs';

const PLATFORM = 'qanto-linux-x64-gnu';
const PROGRAMS = ['import.mjs', 'require.cjs', 'one-instance.cjs'];
/** Needs winston and prom-client, which may be in the bundle or installed beside it. */
const TELEMETRY = 'telemetry.mjs';
const NODE = `Node.js ${TOOLS_NODE}`;

/** The bundlers, with an entry for each output format. `build` bundles the file `entry` into the file `to`. */
const BUNDLERS = [
  ...['cjs', 'esm'].map((format) => ({
    ...{ tool: 'esbuild', format, extension: format === 'cjs' ? 'cjs' : 'mjs' },
    flags: `--bundle --platform=node --format=${format}`,
    build: (at, entry, to) =>
      at.node('esbuild/bin/esbuild', [
        entry,
        ...['--bundle', '--platform=node', `--format=${format}`, `--outfile=${to}`, '--log-level=warning'],
      ]),
  })),
  {
    ...{ tool: 'webpack', format: 'cjs', extension: 'js' },
    flags: '--target node',
    build: (at, entry, to) => at.node('webpack/bin/webpack.js', webpackFlags(entry, to)),
  },
  {
    ...{ tool: 'webpack', format: 'esm', extension: 'mjs' },
    flags: '--target node --output-module',
    build: (at, entry, to) =>
      at.node('webpack/bin/webpack.js', [
        ...webpackFlags(entry, to),
        ...['--output-module', '--output-module', '--output-chunk-format', 'module'],
      ]),
  },
  ...['cjs', 'es'].map((format) => ({
    ...{
      tool: 'rollup',
      format: format === 'es' ? 'esm' : 'cjs',
      extension: format === 'es' ? 'mjs' : 'cjs',
    },
    // winston requires a JSON file, for which rollup needs a plugin.
    flags: `--plugin commonjs --plugin node-resolve --plugin json --format ${format}`,
    build: (at, entry, to) =>
      at.node('rollup/dist/bin/rollup', [
        ...['--input', entry, '--file', to, '--format', format, '--inlineDynamicImports', '--silent'],
        ...['--plugin', 'commonjs', '--plugin', 'node-resolve', '--plugin', 'json'],
      ]),
  })),
  ...['node', 'bun'].map((target) => ({
    ...{ tool: 'bun', format: target, extension: 'js', runner: target, module: true },
    flags: `build --target=${target}`,
    build: (at, entry, to) => at.bun(['build', entry, `--target=${target}`, `--outfile=${to}`]),
  })),
];

function webpackFlags(entry, to) {
  return [
    ...['--entry', `./${entry}`, '--target', 'node', '--mode', 'production', '--no-stats'],
    ...['--output-path', join(to, '..'), '--output-filename', to.split('/').at(-1)],
  ];
}

const appOf = (place, tool, companions) =>
  place.app(companions ? `${tool}-companions` : tool, {
    tool,
    ...{ install: ['qanto'], sources: ['programs'], companions },
  });

const VERSIONS = {
  esbuild: TOOLS.esbuild.esbuild,
  webpack: TOOLS.webpack.webpack,
  rollup: TOOLS.rollup.rollup,
  bun: TOOLS.bun['@oven/bun-linux-x64'],
};

const cell = ({ tool, format, extension, flags, build, runner = 'node', module = false }, program) => ({
  name: `${tool}/${format}-${program}`,
  tool,
  version: runner === 'bun' ? VERSIONS[tool] : `${VERSIONS[tool]}, ${NODE}`,
  what: `${flags} ${program}`,
  async run(place) {
    const folder = await appOf(place, tool, program === TELEMETRY);
    const env = await place.env();
    const modules = join(folder, 'node_modules');
    const bun = runner === 'bun' || tool === 'bun' ? await bunOf(place) : undefined;
    const at = {
      folder,
      node: (main, args) => succeed('node', [join(modules, main), ...args], { cwd: folder, env }),
      bun: (args) => succeed(bun, args, { cwd: folder, env }),
    };
    const out = join(folder, `out-${format}`);
    mkdirSync(out, { recursive: true });
    if (module) writeFileSync(join(out, 'package.json'), '{ "type": "module" }\n');
    const built = join(out, `${program.split('.')[0]}.${extension}`);
    await build(at, program, built);
    const run = runner === 'bun' ? bun : 'node';
    await prints('ok', run, [built], { cwd: place.elsewhere, env });
    if (program !== TELEMETRY) await runBare(place, folder, out, built, run);
  },
});

/** Runs the bundle again in a folder with the platform's package, while no other package of qanto can be found. */
async function runBare(place, folder, out, built, run) {
  const modules = join(folder, 'node_modules');
  const bare = place.folder(`bare-${out.split('/').slice(-2).join('-')}-${built.split('/').at(-1)}`);
  cpSync(join(modules, PLATFORM), join(bare, 'node_modules', PLATFORM), { recursive: true });
  cpSync(out, join(bare, 'out'), { recursive: true });
  renameSync(modules, `${modules}.aside`);
  try {
    const options = { cwd: place.elsewhere, env: await place.env() };
    await prints('ok', run, [join(bare, 'out', built.split('/').at(-1))], options);
  } finally {
    renameSync(`${modules}.aside`, modules);
  }
}

/** The executable of Bun. */
export async function bunOf(place) {
  return join(await place.tool('bun'), 'node_modules', '@oven', 'bun-linux-x64', 'bin', 'bun');
}

const byVariable = {
  name: 'esbuild/binary-variable',
  tool: 'esbuild',
  version: `${VERSIONS.esbuild}, ${NODE}`,
  what: 'a bundle without node_modules; QANTO_NATIVE_BINARY has the path of the binary',
  async run(place) {
    const folder = await appOf(place, 'esbuild', false);
    const alone = place.folder('binary-variable');
    const bundle = join(alone, 'bundle.cjs');
    const flags = ['--bundle', '--platform=node', `--outfile=${bundle}`, '--log-level=warning'];
    const modules = join(folder, 'node_modules');
    const args = [join(modules, 'esbuild', 'bin', 'esbuild'), 'import.mjs', ...flags];
    await succeed('node', args, { cwd: folder, env: await place.env() });
    const binary = join(alone, 'binary.node');
    cpSync(join(modules, PLATFORM, 'qanto.linux-x64-gnu.node'), binary);
    const env = await place.env(TOOLS_NODE, { QANTO_NATIVE_BINARY: binary });
    await prints('ok', 'node', [bundle], { cwd: place.elsewhere, env });
  },
};

export default [
  ...BUNDLERS.flatMap((bundler) => [...PROGRAMS, TELEMETRY].map((program) => cell(bundler, program))),
  byVariable,
];
