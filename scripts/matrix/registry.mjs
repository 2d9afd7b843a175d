// A registry on the loopback interface. It serves the packages that scripts/pack.mjs built, and redirects all other requests
// to the registry that npm is configured with. So packages can be installed by name, and a package manager selects the
// package of the platform by the manifests alone, as it will when they are published. A platform whose binary was not built
// has a manifest but no tarball, so that a package manager that downloads the package of another platform fails.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

/** Serves the tarballs of a folder and the manifests in its subfolder `staging`. `elsewhere` is the URL of the other registry. */
export async function startRegistry(folder, elsewhere) {
  const packages = new Map();
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://registry').pathname).slice(1);
    const tarball = /^[^/]+\/-\/([^/]+\.tgz)$/.exec(path)?.[1];
    if (packages.has(path)) {
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(packages.get(path)));
    } else if (tarball !== undefined && packages.has(path.split('/')[0])) {
      const file = join(folder, tarball);
      if (!existsSync(file)) return void response.writeHead(404).end();
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'cache-control': 'no-store' });
      response.end(readFileSync(file));
    } else {
      response.writeHead(302, { location: new URL(request.url.slice(1), elsewhere).href }).end();
    }
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${server.address().port}/`;

  const staging = join(folder, 'staging');
  for (const name of readdirSync(staging).filter(
    (entry) => entry.startsWith('qanto') && !entry.includes('.'),
  )) {
    const manifest = JSON.parse(readFileSync(join(staging, name, 'package.json'), 'utf8'));
    const tarball = `${name}-${manifest.version}.tgz`;
    const bytes = existsSync(join(folder, tarball)) ? readFileSync(join(folder, tarball)) : Buffer.alloc(0);
    const digest = (algorithm, encoding) => createHash(algorithm).update(bytes).digest(encoding);
    const dist = {
      tarball: `${url}${name}/-/${tarball}`,
      shasum: digest('sha1', 'hex'),
      integrity: `sha512-${digest('sha512', 'base64')}`,
    };
    packages.set(name, {
      _id: name,
      name,
      'dist-tags': { latest: manifest.version },
      versions: { [manifest.version]: { ...manifest, dist } },
      time: { [manifest.version]: '2020-01-01T00:00:00.000Z', modified: '2020-01-01T00:00:00.000Z' },
    });
  }
  return { url, close: () => server.close() };
}
