import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Of the checkout or the installed package; ends with a slash. */
export const PROJECT_ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The root of the checkout that this runs from; undefined in an installed package. */
export function checkoutRoot(): string | undefined {
  return existsSync(path.join(PROJECT_ROOT, 'crates/qanto-pow/Cargo.toml')) ? PROJECT_ROOT : undefined;
}

/** The commit of the checkout, abbreviated, with `-dirty` if something is changed; undefined where git knows none. */
export function checkoutCommit(root: string): string | undefined {
  const { status, stdout } = spawnSync('git', ['describe', '--always', '--dirty', '--exclude', '*'], {
    cwd: root,
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : undefined;
}
