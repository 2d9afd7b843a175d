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
import { measureKernels } from '../../ts/pow/platform.ts';

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
  test('is the usually fastest kernel of this machine before the kernels have been measured', () => {
    // Other tests in this process may have long searches, but none with a template of this shape.
    const unusual: Template = {
      algorithm: 'blake2b',
      preimage: new Uint8Array(500),
      nonce: { offset: 0, encoding: 'hex', width: 16 },
      target: 1n,
    };
    expect(chooseKernel(unusual)).toEqual({
      kernel: availableKernels().find((name) => !name.startsWith('sha-ni')),
      reason: 'detection',
    });
  });

  test('is the measured one after the kernels have been measured', () => {
    const choice = measureKernels(header);
    expect(measureKernels(header)).toEqual(choice);
    expect(chooseKernel(header)).toEqual(choice);
    expect(availableKernels()).toContain(choice.kernel);
    expect(choice.reason).toBe(availableKernels().length > 1 ? 'measurement' : 'detection');
    expect(Object.keys(choice.measured ?? {}).length).not.toBe(1);
  });

  test('is not measured if it was requested', () => {
    const rolling: Template = { ...header, versionRolling: 2 };
    expect(measureKernels(rolling, 'portable')).toEqual({ kernel: 'portable', reason: 'option' });
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
    expect(['detection', 'measurement']).toContain(reason);
  }
  expect(threads).toBe(defaultThreads());
});

test('The platform for a requested kernel has the choices for that kernel', () => {
  for (const { reason } of Object.values(platform('portable').chosen)) expect(reason).toBe('option');
});
