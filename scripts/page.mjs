#!/usr/bin/env node
// Builds the page that a node serves: compiles ts/view for browsers, and copies its other files beside the modules.
import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'ts', 'view');
const out = join(root, 'npm', 'qanto-node', 'page');

rmSync(out, { recursive: true, force: true });
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.view.json')], {
  stdio: 'inherit',
});
if (status !== 0) process.exit(status ?? 1);
// It has only types.
rmSync(join(out, 'messages.js'));
for (const name of readdirSync(source).filter((file) => !file.endsWith('.ts'))) {
  copyFileSync(join(source, name), join(out, name));
}
