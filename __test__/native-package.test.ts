import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type Machine, thisMachine, tripleOf, unavailableMessage } from '../ts/native-package.ts';

const machine = (platform: string, arch: string, libc?: Machine['libc']): Machine => ({
  platform,
  arch,
  libc,
});

describe('The package of a machine', () => {
  test.each([
    [machine('linux', 'x64', 'glibc'), 'linux-x64-gnu'],
    [machine('linux', 'arm64', 'musl'), 'linux-arm64-musl'],
    [machine('darwin', 'arm64'), 'darwin-arm64'],
    [machine('win32', 'x64'), 'win32-x64-msvc'],
    [machine('linux', 'riscv64', 'glibc'), undefined],
    [machine('linux', 'x64'), undefined],
    [machine('freebsd', 'x64'), undefined],
  ])('of %j is %s', (given, triple) => expect(tripleOf(given)).toBe(triple));

  test('exists for every target that is built, and for no other', () => {
    const { napi } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    expect(napi.targets).toHaveLength(8);
    const libcs = ['glibc', 'musl', undefined] as const;
    const triples = ['linux', 'darwin', 'win32']
      .flatMap((platform) =>
        ['x64', 'arm64'].flatMap((arch) => libcs.map((libc) => machine(platform, arch, libc))),
      )
      .map(tripleOf)
      .filter((triple) => triple !== undefined);
    expect(triples.map(rustTargetOf).sort()).toEqual([...napi.targets].sort());
  });
});

describe('What is said without a binary', () => {
  test('names the machine, what was tried and the ways out', () => {
    const message = unavailableMessage(machine('linux', 'arm64', 'musl'), [
      '/app/a.node',
      'qanto-linux-arm64-musl',
    ]);
    expect(message).toContain('linux arm64 musl');
    expect(message).toContain('tried /app/a.node, qanto-linux-arm64-musl');
    expect(message).toContain('--omit=optional');
    expect(message).toContain('npm run build:native');
  });

  test('names the machines there are binaries for, where there is none for this one', () => {
    const message = unavailableMessage(machine('aix', 'ppc64'), []);
    expect(message).toContain('no prebuilt binary for aix ppc64, only for linux x64 glibc');
    expect(message).toContain('npm run build:native');
  });

  test('is not needed here: this machine is told apart', () => {
    expect(thisMachine()).toMatchObject({ platform: process.platform, arch: process.arch });
    expect(thisMachine().libc === undefined).toBe(process.platform !== 'linux');
  });
});

function rustTargetOf(triple: string): string {
  const [platform, arch, abi] = triple.split('-');
  const cpu = arch === 'x64' ? 'x86_64' : 'aarch64';
  if (platform === 'linux') return `${cpu}-unknown-linux-${abi}`;
  return platform === 'darwin' ? `${cpu}-apple-darwin` : `${cpu}-pc-windows-msvc`;
}
