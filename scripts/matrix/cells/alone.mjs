// qanto without optional packages, and with a binary that is missing or not allowed. Importing qanto must always succeed,
// and the first call that needs what is missing must fail with an error code.
import { cpSync, lstatSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { prints, succeed } from '../processes.mjs';
import { COMPANIONS, NODES, TOOLS_NODE } from '../versions.mjs';

const MAX_BYTES = 5 * 1024 * 1024;
const BINARY = 'qanto-linux-x64-gnu';

const alone = (place) => place.app('alone', { install: ['qanto'], sources: ['programs', 'alone'] });

const cell = (name, what, run, version = TOOLS_NODE) => ({ name, tool: 'Node.js', version, what, run });

/** A copy of the app `alone`, which the caller may change. */
async function copyOf(place, name) {
  const folder = place.folder(name);
  cpSync(await alone(place), folder, { recursive: true, verbatimSymlinks: true });
  return folder;
}

const refusals = NODES.flatMap((version) => {
  const major = Number(version.split('.')[0]);
  const permission = major < 24 ? '--experimental-permission' : '--permission';
  const flags = async (place, args, expected = 'ok') => {
    const options = { cwd: await alone(place), env: await place.env(version, { NODE_NO_WARNINGS: '1' }) };
    await prints(expected, 'node', args, options);
  };
  return [
    cell(
      `refused/no-addons-${major}`,
      'node --no-addons: calls fail with ERR_QANTO_NATIVE_UNAVAILABLE',
      (place) => flags(place, ['--no-addons', 'refused.mjs', 'ERR_QANTO_NATIVE_UNAVAILABLE']),
      version,
    ),
    cell(
      `refused/permission-${major}`,
      `node ${permission} --allow-fs-read=*: calls fail with ERR_QANTO_NATIVE_UNAVAILABLE`,
      (place) =>
        flags(place, [permission, '--allow-fs-read=*', 'refused.mjs', 'ERR_QANTO_NATIVE_UNAVAILABLE']),
      version,
    ),
    ...['import.mjs', 'require.cjs', 'one-instance.cjs'].map((program) =>
      cell(
        `refused/permission-addons-${major}-${program}`,
        `node ${permission} --allow-addons --allow-fs-read=* ${program}: everything works`,
        (place) => flags(place, [permission, '--allow-addons', '--allow-fs-read=*', program]),
        version,
      ),
    ),
    ...['import.mjs', 'require.cjs', 'one-instance.cjs'].map((program) =>
      cell(
        `refused/code-generation-${major}-${program}`,
        `node --disallow-code-generation-from-strings ${program}: everything works`,
        (place) => flags(place, ['--disallow-code-generation-from-strings', program]),
        version,
      ),
    ),
  ];
});

export default [
  cell('alone/size', 'npm install qanto installs two packages, at most 5 MB in total', async (place) => {
    const modules = join(await alone(place), 'node_modules');
    const names = readdirSync(modules).filter((name) => !name.startsWith('.'));
    if (names.sort().join() !== `qanto,${BINARY}`) throw new Error(`node_modules contains ${names}`);
    const bytes = readdirSync(modules, { recursive: true })
      .map((name) => lstatSync(join(modules, name)))
      .filter((entry) => entry.isFile())
      .reduce((sum, { size }) => sum + size, 0);
    if (bytes > MAX_BYTES) throw new Error(`${bytes} bytes are installed; the maximum is ${MAX_BYTES}`);
  }),
  cell(
    'alone/missing',
    'createLogger() and new Metrics() fail and name the package to install',
    async (place) => {
      const options = { cwd: await alone(place), env: await place.env() };
      await prints('ok', 'node', ['missing.mjs'], options);
    },
  ),
  cell(
    'alone/companions',
    'createLogger() and new Metrics() work after npm install winston prom-client',
    async (place) => {
      const options = { cwd: await copyOf(place, 'alone-companions'), env: await place.env() };
      const packages = Object.entries(COMPANIONS).map((pair) => pair.join('@'));
      await succeed('npm', ['install', '--no-audit', '--no-fund', ...packages], options);
      await prints('ok', 'node', ['telemetry.mjs'], options);
    },
  ),
  cell(
    'refused/no-binary',
    'without the package of the platform, calls fail with ERR_QANTO_NATIVE_UNAVAILABLE',
    async (place) => {
      const folder = await copyOf(place, 'no-binary');
      renameSync(join(folder, 'node_modules', BINARY), join(folder, 'aside'));
      await prints('ok', 'node', ['refused.mjs', 'ERR_QANTO_NATIVE_UNAVAILABLE'], {
        cwd: folder,
        env: await place.env(),
      });
    },
  ),
  ...refusals,
];
