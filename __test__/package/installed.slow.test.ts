import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CommandResult, execute, install, nodeOf, pack, ROOT } from './install.ts';

/** Every maintained release line that `engines` allows. */
const NODE_MAJORS = [20, 22, 24, 26];
/** The PATH of a minimal system, without Rust. */
const SYSTEM_PATH = ['/usr/bin', '/bin'];

const describeOnLinuxX64 = process.platform === 'linux' && process.arch === 'x64' ? describe : describe.skip;

describeOnLinuxX64('The packed and installed qanto', () => {
  let tarballs: string[];
  let directory: string;

  beforeAll(() => {
    tarballs = pack();
    directory = install([...tarballs, '@types/node@20']);
  });

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('consists of three packages: the library, the binary of this platform, and the node', () => {
    expect(tarballs.map((path) => path.replace(/^.*\//, ''))).toEqual([
      expect.stringMatching(/^qanto-\d+\.\d+\.\d+\.tgz$/),
      expect.stringMatching(/^qanto-linux-x64-gnu-\d+\.\d+\.\d+\.tgz$/),
      expect.stringMatching(/^qanto-node-\d+\.\d+\.\d+\.tgz$/),
    ]);
  });

  test('contains only compiled files and documents, in less than half a megabyte', () => {
    const listing = execute('tar', ['-tzf', tarballs[0]!], { cwd: ROOT }).output.trim().split('\n');
    const kinds = listing.map((path) =>
      path.replace(/^package\/dist\/.*?(\.d\.ts|\.d\.mts|\.js|\.mjs)$/, 'package/dist/*$1'),
    );
    expect([...new Set(kinds)].sort()).toEqual([
      'package/CHANGELOG.md',
      'package/LICENSE',
      'package/README.md',
      'package/crates/qanto-napi/index.d.ts',
      'package/dist/*.d.mts',
      'package/dist/*.d.ts',
      'package/dist/*.js',
      'package/dist/*.mjs',
      'package/package.json',
    ]);
    expect(statSync(tarballs[0]!).size).toBeLessThan(500_000);
  });

  test('contains the licences of the linked crates in the package of a binary', () => {
    const listing = execute('tar', ['-tzf', tarballs[1]!], { cwd: ROOT }).output.trim().split('\n');
    expect(listing).toEqual(
      expect.arrayContaining(['package/LICENSE', 'package/README.md', 'package/THIRD-PARTY-NOTICES.txt']),
    );
    const packed = join(directory, 'node_modules', 'qanto-linux-x64-gnu', 'THIRD-PARTY-NOTICES.txt');
    expect(readFileSync(packed, 'utf8')).toBe(readFileSync(join(ROOT, 'THIRD-PARTY-NOTICES.txt'), 'utf8'));
  });

  describe.each(['qanto', 'qanto-linux-x64-gnu', 'qanto-node'])('in the package %s', (name) => {
    const read = (file: string) => readFileSync(join(directory, 'node_modules', name, file), 'utf8');

    test('names the same repository and pages as package.json of the repository', () => {
      const { repository, bugs } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
      const manifest = JSON.parse(read('package.json'));
      const folder = name === 'qanto-node' ? { directory: 'npm/qanto-node' } : {};
      expect(manifest).toMatchObject({ repository: { ...repository, ...folder }, bugs });
      const page = repository.url.replace(/^git\+|\.git$/g, '');
      expect(manifest.homepage).toMatch(new RegExp(`^${page}.*#readme$`));
    });

    test('has no relative links in its documents', () => {
      const documents = readdirSync(join(directory, 'node_modules', name)).filter((file) =>
        file.endsWith('.md'),
      );
      expect(documents).toContain('README.md');
      for (const document of documents) {
        const links = [...read(document).matchAll(/\]\(([^)\s]+)|^\[[^\]]+\]: *(\S+)/gm)];
        const targets = links.map(([, inline, defined]) => (inline ?? defined)!);
        expect(targets.filter((target) => !/^(https?:|#)/.test(target))).toEqual([]);
      }
    });
  });

  test('names the missing package if there is no binary', () => {
    const binary = join(directory, 'node_modules', 'qanto-linux-x64-gnu');
    renameSync(binary, `${binary}.aside`);
    try {
      const { code, output } = execute(process.execPath, ['service.mjs'], { cwd: directory });
      expect(code).not.toBe(0);
      expect(output).toContain("code: 'ERR_QANTO_NATIVE_UNAVAILABLE'");
      expect(output).toContain('linux x64');
      expect(output).toContain('tried ');
      expect(output).toContain('npm run build:native');
    } finally {
      renameSync(`${binary}.aside`, binary);
    }
  });

  describe.each(NODE_MAJORS)('on Node %i', (major) => {
    let run: (args: readonly string[]) => CommandResult;

    beforeAll(() => {
      const bin = nodeOf(major);
      const path = [bin, ...SYSTEM_PATH].join(delimiter);
      run = (args) => {
        rmSync(join(directory, 'data'), { recursive: true, force: true });
        const env = { PATH: path, HOME: directory };
        return execute(join(bin, 'node'), args, { cwd: directory, env });
      };
    });

    test('finds no Rust in the PATH', () => {
      expect(SYSTEM_PATH.some((folder) => existsSync(join(folder, 'cargo')))).toBe(false);
      expect(run(['-p', 'process.versions.node']).output).toMatch(new RegExp(`^${major}\\.`));
    });

    test.each(['service.mjs', 'service.cjs', 'worker.mjs'])('runs %s', (app) => {
      expect(run([app])).toEqual({ code: 0, output: 'ok\n' });
    });

    test('mines with npx qanto-node', () => {
      const npx = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npx-cli.js');
      const { code, output } = run([npx, '--no', 'qanto-node', 'mine', '--blocks', '3']);
      expect(output).toContain('stopped');
      expect(code).toBe(0);
    });
  });

  test.each([
    ['node16', 'node16'],
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])('has types that resolve with module %s and moduleResolution %s', (module, moduleResolution) => {
    const options = {
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      types: ['node'],
      target: 'es2023',
      module,
      moduleResolution,
    };
    writeFileSync(join(directory, 'project', 'tsconfig.json'), JSON.stringify({ compilerOptions: options }));
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const { code, output } = execute(process.execPath, [tsc, '-p', 'project'], { cwd: directory });
    expect({ code, output }).toEqual({ code: 0, output: '' });
  });

  test('has types in which attw finds no problem', () => {
    const attw = join(ROOT, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
    const args = [attw, '--profile', 'node16', '--quiet', tarballs[0]!];
    expect(execute(process.execPath, args, { cwd: ROOT })).toEqual({ code: 0, output: '' });
  });

  test('has a manifest in which publint finds no problem', () => {
    const publint = join(ROOT, 'node_modules', 'publint', 'src', 'cli.js');
    const { code, output } = execute(
      process.execPath,
      [publint, '--strict', join(directory, 'node_modules', 'qanto')],
      { cwd: ROOT },
    );
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('All good!') });
  });
});
