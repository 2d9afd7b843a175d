import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const FOLDER = '.github/workflows';
const files = readdirSync(FOLDER);

test('there are workflows', () => {
  expect(files.length).toBeGreaterThan(3);
});

describe.each(files)('%s', (file) => {
  const text = readFileSync(`${FOLDER}/${file}`, 'utf8');

  test('uses actions by their commits', () => {
    const used = [...text.matchAll(/uses: (.*)$/gm)].map(([, action]) => action!);
    const pinned = /^(\.\/\S+|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/;
    expect(used.filter((action) => !pinned.test(action))).toEqual([]);
  });

  test('may do nothing but read, unless a job says so', () => {
    expect(/^permissions:(?: \{\}|\n {2}contents: read)\n(?! {2})/m.test(text)).toBe(true);
  });

  test('knows no secrets, and gives code of a pull request no rights of the repository', () => {
    expect(text).not.toMatch(/\bsecrets\b|pull_request_target/);
  });

  test('leaves no token behind in what it checks out', () => {
    const checkouts = text.match(/uses: actions\/checkout@/g) ?? [];
    expect(text.match(/persist-credentials: false/g) ?? []).toHaveLength(checkouts.length);
  });
});
