// The address of the repository, and documents with absolute links to it, because relative links do not work on npm.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The page of the repository, such as https://github.com/someone/qanto, from `repository.url` in package.json. */
export function repositoryPage() {
  const { repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [, page] = /^git\+(https:\/\/github\.com\/[\w.-]+\/[\w.-]+)\.git$/.exec(repository.url) ?? [];
  if (page === undefined) {
    throw new Error(
      `repository.url in package.json is "${repository.url}": it must be git+https://github.com/OWNER/NAME.git`,
    );
  }
  return page;
}

/** The text of a document of this repository, by its path, with absolute links to the files of this version. */
export function withAbsoluteLinks(document, version) {
  const page = repositoryPage();
  const folder = dirname(join(root, document));
  const absolute = (target, isImage) => {
    if (/^([a-z][a-z\d+.-]*:|#)/i.test(target)) return target;
    const [, path, anchor] = /^([^#]*)(#.*)?$/.exec(target);
    const file = join(folder, path);
    const inside = relative(root, file);
    if (isAbsolute(inside) || inside.startsWith('..')) {
      throw new Error(`${document} links to "${target}", which is outside of this repository`);
    }
    // A test checks that each linked file exists. This function does not, so that documents can be written in any order.
    const isFolder = existsSync(file) && statSync(file).isDirectory();
    const kind = isImage ? 'raw' : isFolder ? 'tree' : 'blob';
    return `${page}/${kind}/v${version}/${inside.split(sep).join('/')}${anchor ?? ''}`;
  };
  return readFileSync(join(root, document), 'utf8')
    .split(/(^```[\s\S]*?^```$)/m)
    .map((part) => (part.startsWith('```') ? part : rewritten(part, absolute)))
    .join('');
}

/**
 * The text with the targets of its links replaced: `[text](target)`, `![image](target)`, `[name]: target`, and `src` and `srcset` of
 * an element.
 */
function rewritten(text, absolute) {
  return text
    .replace(
      /(!?)(\[[^\]]*\])\(([^)\s]+)/g,
      (_, mark, label, target) => `${mark}${label}(${absolute(target, mark === '!')}`,
    )
    .replace(/\b(src|srcset)="([^"]+)"/g, (_, name, target) => `${name}="${absolute(target, true)}"`)
    .replace(/^(\[[^\]]+\]: *)(\S+)/gm, (_, name, target) => name + absolute(target, false));
}
