import { expect, test } from '@jest/globals';
import { checkQueriesAgainstPlainDag } from './query-properties.ts';

test('The queries of an engine have the answers that follow literally from random DAGs', () => {
  const counts = checkQueriesAgainstPlainDag(500);
  for (const answer of ['too-many-blues', 'anticone-too-large', 'blue-anticone-full'])
    expect(counts.get(answer)).toBeGreaterThan(100);
});
