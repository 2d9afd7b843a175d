import { expect, test } from '@jest/globals';
import { choiceText } from '../../ts/diagnostics/kernel-choice.ts';

test('A choice is described by the kernel and the reason', () => {
  expect(choiceText({ kernel: 'avx2', reason: 'detection' })).toBe('avx2 (detection)');
});

test('A measured choice is described with its ratio to the fastest other kernel', () => {
  const measured = { 'sha-ni': 24e6, avx512: 20e6, portable: 1e6 };
  expect(choiceText({ kernel: 'sha-ni', reason: 'measurement', measured })).toBe(
    'sha-ni (measurement, 1.20 times avx512)',
  );
});

test('A kernel that was kept although another one was a little faster is described as slower than that one', () => {
  const measured = { avx512: 20e6, 'sha-ni': 20.4e6 };
  expect(choiceText({ kernel: 'avx512', reason: 'measurement', measured })).toBe(
    'avx512 (measurement, 0.98 times sha-ni)',
  );
});
