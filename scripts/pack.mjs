#!/usr/bin/env node
// Builds the tarballs that are published, in target/packages: qanto, qanto-node, and a package for each platform whose
// binary is in crates/qanto-napi. With `--all`, which a release uses, it fails if the binary of any platform is missing.
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
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withAbsoluteLinks } from './absolute-links.mjs';
import { dropUnreachedDeclarations } from './declarations.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'target', 'packages');
const staging = join(out, 'staging');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
/** The licences of the crates that are linked into a binary. */
const NOTICES = 'THIRD-PARTY-NOTICES.txt';
const all = process.argv.includes('--all');

rmSync(out, { recursive: true, force: true });
mkdirSync(staging, { recursive: true });

const platforms = stagePlatforms();
stage('qanto', '.', 'tsconfig.lib.json', (manifest) => {
  const names = platforms.map(({ name }) => name).sort();
  manifest.optionalDependencies = Object.fromEntries(names.map((name) => [name, manifest.version]));
});
stage('qanto-node', 'npm/qanto-node', 'tsconfig.node.json');
run(
  process.execPath,
  ['scripts/esm-wrappers.mjs', join(staging, 'qanto'), join(staging, 'qanto-node')],
  root,
);
const packages = [
  'qanto',
  'qanto-node',
  ...platforms.filter(({ complete }) => complete).map(({ name }) => name),
];
for (const name of packages) {
  const [{ filename, size, unpackedSize, entryCount }] = JSON.parse(
    npm(['pack', '--json', '--pack-destination', out], join(staging, name)),
  );
  console.log(
    `${join(out, filename)}  ${kilobytes(size)} (${kilobytes(unpackedSize)} in ${entryCount} files)`,
  );
}

/** Creates a folder for each published platform, in the layout of napi-rs, with its binary if it exists. */
function stagePlatforms() {
  const cli = join(root, 'node_modules', '@napi-rs', 'cli', 'dist', 'cli.js');
  run(process.execPath, [cli, 'create-npm-dirs', '--npm-dir', staging], root);
  return readdirSync(staging).map((triple) => {
    const binary = `qanto.${triple}.node`;
    const built = join(root, 'crates', 'qanto-napi', binary);
    const complete = existsSync(built);
    if (all && !complete) fail(`${built} is missing; a release needs the binary of every platform`);
    const name = `qanto-${triple}`;
    cpSync(join(staging, triple), join(staging, name), { recursive: true });
    rmSync(join(staging, triple), { recursive: true });
    const folder = join(staging, name);
    if (complete) copyFileSync(built, join(folder, binary));
    for (const file of ['LICENSE', NOTICES]) copyFileSync(join(root, file), join(folder, file));
    // Bundlers follow `main`, and they cannot read a binary. They can read this module, and they leave the binary in its
    // place. Of the spellings that keep bundlers from reading the binary, Next.js traces only `join` of a `require`d node:path.
    writeFileSync(
      join(folder, 'index.js'),
      [
        "const { join } = require('node:path');",
        "const { createRequire } = process.getBuiltinModule('node:module');",
        `module.exports = createRequire(__filename)(join(__dirname, '${binary}'));`,
        '',
      ].join('\n'),
    );
    edit(join(folder, 'package.json'), (manifest) => {
      manifest.main = 'index.js';
      manifest.files = [binary, 'index.js', NOTICES];
    });
    return { name, complete };
  });
}

/** Copies the files that `files` in a package's manifest lists, and writes a manifest without the fields for the build. */
function stage(name, source, tsconfig, complete = () => {}) {
  const from = join(root, source);
  const to = join(staging, name);
  // Compiles again, because dist/ may contain files whose sources have been deleted.
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const outputs = ['--outDir', join(to, 'dist'), '--tsBuildInfoFile', join(staging, `${name}.tsbuildinfo`)];
  run(process.execPath, [tsc, '-p', tsconfig, ...outputs], root);
  // Editors read the comments of the declarations. The modules have no comments, which would be a third of their size.
  const modulesOnly = ['--removeComments', '--composite', 'false', '--incremental', '--declaration', 'false'];
  run(process.execPath, [tsc, '-p', tsconfig, ...outputs, ...modulesOnly], root);
  const [{ files }] = JSON.parse(npm(['pack', '--json', '--dry-run'], from));
  for (const { path } of files.filter(({ path }) => !path.startsWith('dist/'))) {
    const target = join(to, path);
    mkdirSync(dirname(target), { recursive: true });
    if (path.endsWith('.md')) writeFileSync(target, withAbsoluteLinks(posix.join(source, path), version));
    else copyFileSync(join(from, path), target);
  }
  copyFileSync(join(root, 'LICENSE'), join(to, 'LICENSE'));
  edit(join(to, 'package.json'), (manifest) => {
    for (const field of ['scripts', 'devDependencies', 'overrides', 'napi', 'workspaces'])
      delete manifest[field];
    complete(manifest);
  });
  dropUnreachedDeclarations(to);
}

function edit(file, change) {
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  change(manifest);
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
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
