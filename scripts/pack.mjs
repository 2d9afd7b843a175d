#!/usr/bin/env node
// Makes the tarballs that are published, in target/packages: qanto, and a package for each platform whose binary
// lies beside crates/qanto-napi. `--all` fails when a platform's binary is missing: for a release.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'target', 'packages');
const staging = join(out, 'staging');
const all = process.argv.includes('--all');

rmSync(out, { recursive: true, force: true });
mkdirSync(staging, { recursive: true });

const platforms = stagePlatforms();
stageMain(platforms.map(({ name }) => name));
const packages = ['qanto', ...platforms.filter(({ complete }) => complete).map(({ name }) => name)];
for (const name of packages) {
  const [{ filename, size, unpackedSize, entryCount }] = JSON.parse(
    npm(['pack', '--json', '--pack-destination', out], join(staging, name)),
  );
  console.log(
    `${join(out, filename)}  ${kilobytes(size)} (${kilobytes(unpackedSize)} in ${entryCount} files)`,
  );
}

/** A folder for each platform that is published, as napi-rs lays it out, with its binary where there is one. */
function stagePlatforms() {
  const cli = join(root, 'node_modules', '@napi-rs', 'cli', 'dist', 'cli.js');
  run(process.execPath, [cli, 'create-npm-dirs', '--npm-dir', staging], root);
  return readdirSync(staging).map((triple) => {
    const binary = `qanto.${triple}.node`;
    const built = join(root, 'crates', 'qanto-napi', binary);
    const complete = existsSync(built);
    if (all && !complete) fail(`${built} is missing: a release needs the binary of every platform`);
    const name = `qanto-${triple}`;
    cpSync(join(staging, triple), join(staging, name), { recursive: true });
    rmSync(join(staging, triple), { recursive: true });
    if (complete) copyFileSync(built, join(staging, name, binary));
    copyFileSync(join(root, 'LICENSE'), join(staging, name, 'LICENSE'));
    return { name, complete };
  });
}

/** What `files` in package.json names, with a manifest that says what a user needs and nothing of how it is built. */
function stageMain(platformPackages) {
  // Compiled afresh: dist/ may hold files whose sources are gone.
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const outDir = join(staging, 'qanto', 'dist');
  run(
    process.execPath,
    [tsc, '-p', 'tsconfig.build.json', '--incremental', 'false', '--outDir', outDir],
    root,
  );
  const [{ files }] = JSON.parse(npm(['pack', '--json', '--dry-run'], root));
  for (const { path } of files.filter(({ path }) => !path.startsWith('dist/'))) {
    const target = join(staging, 'qanto', path);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(root, path), target);
  }
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { scripts, devDependencies, overrides, napi, ...published } = manifest;
  published.optionalDependencies = Object.fromEntries(
    platformPackages.sort().map((name) => [name, manifest.version]),
  );
  writeFileSync(join(staging, 'qanto', 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
}

function npm(args, cwd) {
  return run('npm', args, cwd);
}

function run(command, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (error || status !== 0) fail(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr}`);
  return stdout;
}

function kilobytes(bytes) {
  return `${(bytes / 1024).toFixed(0)} KiB`;
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
