import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

interface Package {
  readonly dev?: boolean;
  readonly engines?: { readonly node?: string };
}

/** Jest runs in the project's root. */
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Readonly<Record<string, Package>>;
};

/** Whether a range, such as `^18 || >=20`, includes the last release of this major version. */
function takes(range: string, major: number): boolean {
  return range.split('||').some((part) => {
    const [, sign, number] = /^\s*(>=|\^|~)?\s*(\d+)/.exec(part) ?? [];
    if (number === undefined) return part.trim() === '*';
    return sign === '>=' ? Number(number) <= major : Number(number) === major;
  });
}

// This is why package.json holds back light-my-request, which Fastify needs: from 6.8 on, it depends on a package that
// needs Node.js 22.
test('All packages that are installed with qanto support the oldest Node.js release that qanto supports', () => {
  const oldest = Number(/\d+/.exec(packages['']!.engines!.node!)![0]);
  const installed = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev);
  expect(installed.length).toBeGreaterThan(50);
  const tooNew = installed.filter(([, { engines }]) => !takes(engines?.node ?? '*', oldest));
  expect(tooNew.map(([path, { engines }]) => `${path}: ${engines?.node}`)).toEqual([]);
});
