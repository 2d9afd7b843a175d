/** The files of the page. They are read once, when the server starts. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface PageFile {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The files by name. Throws the error of the system if they are not installed. */
export function readPage(): ReadonlyMap<string, PageFile> {
  // In the sources, in a build and in an installed package, the folder is beside this manifest.
  const folder = path.join(path.dirname(require.resolve('qanto-node/package.json')), 'page');
  const files = readdirSync(folder).flatMap((name): [string, PageFile][] => {
    const type = TYPES[path.extname(name)];
    if (type === undefined) return [];
    const body = readFileSync(path.join(folder, name));
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    return [[name, { body, type, etag }]];
  });
  return new Map(files);
}
