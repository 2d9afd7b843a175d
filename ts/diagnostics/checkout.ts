import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** The root of the checkout that this file is in; undefined in an installed package. */
export function checkoutRoot(): string | undefined {
  // Compiled, this file is in npm/qanto-node/dist/diagnostics; tests run it from ts/diagnostics.
  return [path.resolve(__dirname, '../../../..'), path.resolve(__dirname, '../..')].find((folder) =>
    existsSync(path.join(folder, 'crates/qanto-pow/Cargo.toml')),
  );
}

/** The abbreviated commit of the checkout, with `-dirty` if there are changes; undefined if git finds no commit. */
export function checkoutCommit(root: string): string | undefined {
  const { status, stdout } = spawnSync('git', ['describe', '--always', '--dirty', '--exclude', '*'], {
    cwd: root,
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : undefined;
}
