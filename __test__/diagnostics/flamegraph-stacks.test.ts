import { describe, expect, test } from '@jest/globals';
import { foldProfile, withoutMachinePaths } from '../../ts/diagnostics/flamegraph/stacks.ts';

const callFrame = (functionName: string, url = '', lineNumber = -1) => ({
  functionName,
  url,
  lineNumber,
  columnNumber: 0,
  scriptId: '0',
});

describe("A profile of V8's sampler", () => {
  const profile = {
    startTime: 0,
    endTime: 1,
    nodes: [
      { id: 1, callFrame: callFrame('(root)'), children: [2, 4] },
      { id: 2, callFrame: callFrame('run', 'file:///a.js', 9), children: [3] },
      { id: 3, callFrame: callFrame('', 'file:///a.js', 11) },
      { id: 4, callFrame: callFrame('(idle)') },
    ],
    samples: [3, 3, 2, 4, 4, 4],
  };

  test('is folded from the outermost frame, without idle time', () => {
    expect(foldProfile(profile).split('\n').filter(Boolean)).toEqual([
      '(root);JS:run file:///a.js:10;JS:(anonymous) file:///a.js:12 2',
      '(root);JS:run file:///a.js:10 1',
    ]);
  });
});

test('Folded stacks have paths relative to the checkout, or to node_modules for dependencies', () => {
  const folded =
    'JS:*a file:///home/me/qanto/dist/a.js:1:2;JS:b /home/me/qanto/dist/b.js:1;Eval:~ /opt/x/node_modules/c/i.js:1:1;read 3\n';
  expect(withoutMachinePaths(folded, '/home/me/qanto')).toBe(
    'JS:*a dist/a.js:1:2;JS:b dist/b.js:1;Eval:~ node_modules/c/i.js:1:1;read 3\n',
  );
});
