import { describe, expect, test } from '@jest/globals';
import {
  ALGORITHMS,
  availableKernels,
  chooseKernel,
  defaultThreads,
  type Kernel,
  platform,
  type Template,
} from '../../ts/pow/index.ts';

const header: Template = {
  algorithm: 'sha256d',
  preimage: new Uint8Array(80),
  nonce: { offset: 76, encoding: 'u32le' },
  target: 1n,
};
/** Only the portable kernel supports this template, which BLAKE3 hashes in several chunks. */
const severalChunks: Template = {
  algorithm: 'blake3',
  preimage: new Uint8Array(2000),
  nonce: { offset: 0, encoding: 'u32le' },
  target: 1n,
};

describe('The kernel of a template', () => {
  test('is the fastest kernel of this machine by default', () => {
    expect(chooseKernel(header)).toEqual({ kernel: availableKernels()[0], reason: 'detection' });
  });

  test('is the one that the option names', () => {
    for (const kernel of availableKernels()) {
      expect(chooseKernel(header, kernel)).toEqual({ kernel, reason: 'option' });
    }
  });

  test('is the portable one if the requested kernel does not support the template', () => {
    for (const kernel of availableKernels().filter((name) => name !== 'portable')) {
      expect(chooseKernel(severalChunks, kernel)).toEqual({ kernel: 'portable', reason: 'shape' });
    }
    expect(chooseKernel(severalChunks)).toEqual({ kernel: 'portable', reason: 'detection' });
  });

  test('is rejected if there is no kernel of that name', () => {
    expect(() => chooseKernel(header, 'abacus' as Kernel)).toThrow(
      expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument: 'options.kernel' }),
    );
  });
});

test('The platform has the features and kernels of this machine and the chosen kernel of each hash function', () => {
  const { architecture, features, kernels, chosen, defaultThreads: threads } = platform();
  expect(architecture).toBe(process.arch);
  expect(kernels).toEqual(availableKernels());
  expect(kernels.at(-1)).toBe('portable');
  expect(features.includes('avx2')).toBe(kernels.includes('avx2'));
  expect(Object.keys(chosen)).toEqual([...ALGORITHMS]);
  for (const { kernel, reason } of Object.values(chosen)) {
    expect(kernels).toContain(kernel);
    expect(reason).toBe('detection');
  }
  expect(threads).toBe(defaultThreads());
});

test('The platform for a requested kernel has the choices for that kernel', () => {
  for (const { reason } of Object.values(platform('portable').chosen)) expect(reason).toBe('option');
});
