import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const FOLDER = '.github/workflows';
const files = readdirSync(FOLDER);
const read = (file: string) => readFileSync(`${FOLDER}/${file}`, 'utf8');

test('The repository has workflows', () => {
  expect(files.length).toBeGreaterThan(3);
});

describe.each(files)('The workflow %s', (file) => {
  const text = read(file);

  test('pins actions to their commits', () => {
    const used = [...text.matchAll(/uses: (.*)$/gm)].map(([, action]) => action!);
    const pinned = /^(\.\/\S+|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/;
    expect(used.filter((action) => !pinned.test(action))).toEqual([]);
  });

  test('has only the permission to read, unless a job has more', () => {
    expect(/^permissions:(?: \{\}|\n {2}contents: read)\n(?! {2})/m.test(text)).toBe(true);
  });

  test('uses no secrets, and gives the code of a pull request no permissions', () => {
    expect(text).not.toMatch(/\bsecrets\b|pull_request_target/);
  });

  test('leaves no token in a checkout', () => {
    const checkouts = text.match(/uses: actions\/checkout@/g) ?? [];
    expect(text.match(/persist-credentials: false/g) ?? []).toHaveLength(checkouts.length);
  });

  test('runs only programs that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
    // The folders head/ and base/ are checkouts of this repository.
    const programs = [
      ...text.matchAll(/(?:\bnode |: )(?:head\/|base\/)?((?:[\w.-]+\/)+[\w.-]+\.mjs|\.ci\/[\w-]+)/g),
    ];
    expect(programs.filter(([, program]) => !existsSync(program!)).map(([match]) => match)).toEqual([]);
    const names = [...text.matchAll(/\bnpm run (\S+)/g)].map(([, name]) => name!);
    expect(names.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });
});

/** The workflows that publish, and the workflows that they call. */
function publishing(): string[] {
  const found = new Set<string>();
  const add = (file: string) => {
    if (found.has(file)) return;
    found.add(file);
    for (const [, called] of read(file).matchAll(/uses: \.\/\.github\/workflows\/(\S+)/g)) add(called!);
  };
  for (const file of files) if (/\bnpm publish\b|id-token: write/.test(read(file))) add(file);
  return [...found].sort();
}

/** Actions that restore nothing from another run. setup-node does so only with an option. */
const WITHOUT_CACHES = [
  'actions/checkout',
  'actions/download-artifact',
  'actions/setup-node',
  'actions/upload-artifact',
];
const NO_CACHE = /^ *package-manager-cache: false$/;

/** The lines of a workflow that could put something into a package that is not from the sources or the lock files. */
function doubtfulLines(workflow: string): string[] {
  const lines = workflow.split('\n').filter((line) => !/^ *#/.test(line));
  return lines.filter((line, i) => {
    const [, action] = /uses: ([^@\s]+)/.exec(line) ?? [];
    if (action === 'actions/setup-node') {
      const [step = ''] = lines
        .slice(i + 1)
        .join('\n')
        .split(/^ *- /m);
      return !step.split('\n').some((input) => NO_CACHE.test(input));
    }
    if (action !== undefined) return !action.startsWith('./') && !WITHOUT_CACHES.includes(action);
    if (/cache/i.test(line)) return !NO_CACHE.test(line);
    if (/\b(npx|yarn|pnpm|corepack)\b/.test(line)) return true;
    if (/\bnpm (?!ci\b|run\b|publish\b)/.test(line)) return true;
    const installs = line.match(/\bnpm ci\b[^&|;]*/g) ?? [];
    return installs.some((command) => !/ --ignore-scripts\b/.test(command));
  });
}

describe('The set of published packages', () => {
  test('is built by the release workflow and by the workflow for binaries', () => {
    expect(publishing()).toEqual(['prebuild.yml', 'release.yml']);
  });

  test.each(publishing())(
    'is built by %s without caches, and without scripts of installed packages',
    (file) => {
      expect(read(file)).toMatch(/run: npm ci /);
      expect(doubtfulLines(read(file))).toEqual([]);
    },
  );

  test.each([
    ['actions/cache', '      - uses: actions/cache@0000000 # v4.2.3'],
    ['a cache for Rust', '      - uses: Swatinem/rust-cache@0000000 # v2.8.0'],
    ['a cache for npm', '          cache: npm'],
    ['a setup of Node.js that may use a cache', '      - uses: actions/setup-node@0000000 # v5.0.0'],
    ['an install with scripts', '      - run: npm ci'],
    ['an install with scripts beside one without', '      - run: npm ci --ignore-scripts && npm ci'],
    ['an install that ignores the lock file', '      - run: npm install --ignore-scripts'],
    ['a program that is installed in order to run it', '      - run: npx something'],
  ])('must not be built with %s', (_what, line) => {
    for (const file of publishing()) expect(doubtfulLines(`${read(file)}${line}\n`)).toEqual([line]);
  });

  test('is published with provenance: first the binaries, then qanto, then qanto-node', () => {
    const release = read('release.yml');
    expect(release).toContain('id-token: write');
    const commands = [...release.matchAll(/\bnpm publish (.*)$/gm)].map(([, args]) => args!);
    const tarballs = commands.map((args) => args.replace(/ --provenance --access public$/, ''));
    expect(release).toContain('for tarball in ./target/packages/qanto-{darwin,linux,win32}-*.tgz; do\n');
    expect(tarballs).toEqual([
      '"$tarball"',
      './target/packages/qanto-[0-9]*.tgz',
      './target/packages/qanto-node-[0-9]*.tgz',
    ]);
    expect(commands.every((args) => args.endsWith(' --provenance --access public'))).toBe(true);
  });

  test('comes from the repository that the manifests name', () => {
    const check = 'run: node scripts/repository.mjs --check "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY"\n';
    const [before, after] = read('release.yml').split(check);
    expect(before).not.toContain('npm publish');
    expect(after).toContain('npm publish');
  });
});
