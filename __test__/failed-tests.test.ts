import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';

/** What `.ci/run` prints at its end for these logs and reports. */
function failedTests(input: string): string[] {
  const printed = execFileSync('awk', ['-f', '.ci/failed-tests.awk'], { input, encoding: 'utf8' });
  return printed.split('\n').slice(0, -1);
}

// `.ci/run` runs only on Linux.
const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux.each([
  [
    "nextest's report",
    `        <testcase name="threads::a_test" classname="qanto-pow" time="0.1">
            <failure type="test failure">stack</failure>
        </testcase>
        <testcase name="threads::another_test" classname="qanto-pow" time="0.1">
        </testcase>
        <testcase name="threads::a_third_test" classname="qanto-pow::search" time="0.1">
            <error type="execution failure"/>`,
    ['  qanto-pow: threads::a_test', '  qanto-pow::search: threads::a_third_test'],
  ],
  [
    'the output of cargo test',
    `test models::a_test ... ok
test models::another_test ... 15 executions
FAILED

failures:

---- models::another_test stdout ----
assertion failed: Outcome {
    nonce: 5,
}

failures:
    models::another_test

test result: FAILED. 1 passed; 1 failed;
    not a name`,
    ['  cargo test: models::another_test'],
  ],
  [
    'the output of jest, which contains each name twice',
    `FAIL __test__/some.test.ts (5.2 s)
  ● Console

  ● A thing › is something

FAIL __test__/other.test.ts
  ● Test suite failed to run

Summary of all failing tests
FAIL __test__/some.test.ts (5.2 s)
  ● A thing › is something`,
    ['  __test__/some.test.ts: A thing › is something', '  __test__/other.test.ts: Test suite failed to run'],
  ],
  [
    'the output of the matrix',
    `jest/cjs  (jest 30.5.2: a project)  ok
esbuild/esm  (esbuild 0.25.1: a bundle)  failed: it printed nothing`,
    ['  matrix: esbuild/esm'],
  ],
  [
    'the checks of aarch64',
    `ok cancels a search
not ok has the kernels of the architecture
AssertionError [ERR_ASSERTION]: Expected values to be strictly deep-equal`,
    ['  arm64: has the kernels of the architecture'],
  ],
  ['a step without a failed test', "the step 'npm run check' failed", ["  the step 'npm run check' failed"]],
])('At its end, .ci/run prints the names of the failed tests that are in %s', (_, input, names) => {
  expect(failedTests(input)).toEqual(names);
});
