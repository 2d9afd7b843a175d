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
/** Only the portable kernel knows this shape. */
const nonceInFront: Template = {
  ...header,
  preimage: new Uint8Array(200),
  nonce: { offset: 0, encoding: 'u32le' },
};

describe('the kernel of a template', () => {
  test('is the fastest of this machine by detection', () => {
    expect(chooseKernel(header)).toEqual({ kernel: availableKernels()[0], reason: 'detection' });
  });

  test('is what the option names', () => {
    for (const kernel of availableKernels()) {
      expect(chooseKernel(header, kernel)).toEqual({ kernel, reason: 'option' });
    }
  });

  test('is the portable one where the one asked for does not know the shape', () => {
    for (const kernel of availableKernels().filter((name) => name !== 'portable')) {
      expect(chooseKernel(nonceInFront, kernel)).toEqual({ kernel: 'portable', reason: 'shape' });
    }
    expect(chooseKernel(nonceInFront)).toEqual({ kernel: 'portable', reason: 'detection' });
  });

  test('is refused when there is none of that name', () => {
    expect(() => chooseKernel(header, 'abacus' as Kernel)).toThrow(
      expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument: 'options.kernel' }),
    );
  });
});

test('the platform names what it has and what each algorithm is scanned by', () => {
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

test('the platform tells what a kernel that is asked for would come to', () => {
  for (const { reason } of Object.values(platform('portable').chosen)) expect(reason).toBe('option');
});
