import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type Machine, triplesOf, unavailableMessage } from '../ts/native-package.ts';

const machine = (platform: string, arch: string): Machine => ({ platform, arch });
const manifest = () => JSON.parse(readFileSync('package.json', 'utf8'));

describe('The binaries for a machine', () => {
  test.each([
    [machine('linux', 'x64'), ['linux-x64-gnu', 'linux-x64-musl']],
    [machine('linux', 'arm64'), ['linux-arm64-gnu', 'linux-arm64-musl']],
    [machine('darwin', 'arm64'), ['darwin-arm64']],
    [machine('win32', 'x64'), ['win32-x64-msvc']],
    [machine('linux', 'riscv64'), []],
    [machine('freebsd', 'x64'), []],
  ])('that is described by %j have the triples %j', (given, triples) =>
    expect(triplesOf(given)).toEqual(triples),
  );

  test('are exactly the ones that are built', () => {
    const { targets } = manifest().napi;
    const triples = ['linux', 'darwin', 'win32'].flatMap((platform) =>
      ['x64', 'arm64'].flatMap((arch) => triplesOf(machine(platform, arch))),
    );
    expect(triples).toHaveLength(8);
    expect(triples.map(rustTargetOf).sort()).toEqual([...targets].sort());
  });

  // Tools that trace or bundle a program search for literal names.
  test('are each required by a literal name', () => {
    const source = readFileSync('ts/installed-binary.ts', 'utf8');
    const required = [...source.matchAll(/require\('qanto-([a-z0-9-]+)'\)/g)].map(([, triple]) => triple);
    expect(required.map((triple) => rustTargetOf(triple!)).sort()).toEqual(
      [...manifest().napi.targets].sort(),
    );
  });
});

describe('The error about a missing binary', () => {
  test('names the machine, what was tried, and possible solutions', () => {
    const message = unavailableMessage(machine('linux', 'arm64'), ['/app/a.node', 'qanto-linux-arm64-musl']);
    expect(message).toContain('linux arm64');
    expect(message).toContain('tried /app/a.node, qanto-linux-arm64-musl');
    expect(message).toContain('--omit=optional');
    expect(message).toContain('install qanto-linux-arm64-gnu or qanto-linux-arm64-musl beside qanto');
    expect(message).toContain('npm run build:native');
  });

  test('lists the machines with binaries if there is none for this machine', () => {
    const message = unavailableMessage(machine('aix', 'ppc64'), []);
    expect(message).toContain(
      'no prebuilt binary for aix ppc64, only for linux x64, linux arm64, darwin x64',
    );
    expect(message).toContain('npm run build:native');
  });
});

function rustTargetOf(triple: string): string {
  const [platform, arch, abi] = triple.split('-');
  const cpu = arch === 'x64' ? 'x86_64' : 'aarch64';
  if (platform === 'linux') return `${cpu}-unknown-linux-${abi}`;
  return platform === 'darwin' ? `${cpu}-apple-darwin` : `${cpu}-pc-windows-msvc`;
}
