/** The headers that real miners and pools computed, through the client's own reader and header builder. */
import { expect, test } from '@jest/globals';
import { sha256d } from '../../../ts/pow/index.ts';
import { readJob, readSpace } from '../../../ts/stratum/client/messages.ts';
import { ExtraNonceCounter, headerOfWork, variantsOf } from '../../../ts/stratum/client/work.ts';

/** The first is from the tests of public-pool (MIT), sent by a real miner. The second was found by a stock CPU miner. */
const SHARES = [
  {
    params: [
      'a',
      '171592f223740e92d223f6e68bff25279af7ac4f2246451e0000000200000000',
      '02000000010000000000000000000000000000000000000000000000000000000000000000ffffffff1903c943255c7075626c69632d706f6f6c5c',
      'ffffffff037a90000000000000160014e6f22ca44dc800e9d049621a3b9a42c509f1c4bc3b0f250000000000160014e6f22ca44dc800e9d049621a3b9a42c509f1c4bc0000000000000000266a24aa21a9edbd3d1d916aa0b57326a2d88ebe1b68a1d7c48585f26d8335fe6a94b62755f64c00000000',
      [
        '175335649d5e8746982969ec88f52e85ac9917106fba5468e699c8879ab974a1',
        'd5644ab3e708c54cd68dc5aedc92b8d3037449687f92ec41ed6e37673d969d4a',
        '5c9ec187517edc0698556cca5ce27e54c96acb014770599ed9df4d4937fbf2b0',
      ],
      '20000000',
      '192495f8',
      '64b3f3ec',
      true,
    ],
    extraNonce1: '57a6f098',
    extraNonce2: 'c7080000',
    version: 0x2000_2000,
    nonce: 0xed46_0d91,
    hash: '000000000061d52983863e5c424c00d9e0981874fddf6a8493433e73928a3e4e',
  },
  {
    params: [
      'b',
      'a29277ea2a5e406f9cf4c6e960be3ba90aacce76833dc51f7f7d6c42e477932d',
      '636f696e62617365',
      '2d656e64',
      [
        'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
        '3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d',
      ],
      '20000000',
      '1d00ffff',
      '6b06ef58',
      false,
    ],
    extraNonce1: 'deadbeef',
    extraNonce2: '00000000',
    version: 0x2000_0000,
    nonce: 0x2b7a_3100,
    hash: '00000148f154765b0566ac4fc2b9c2c213cac0c85aae458e8b75c36d4d0fcc6c',
  },
];

test.each(SHARES)(
  'the header of a recorded share has its hash ($hash)',
  ({ params, extraNonce1, extraNonce2, version, nonce, hash }) => {
    const job = readJob(params)!;
    const space = readSpace([extraNonce1, 4])!;
    const header = headerOfWork({ job, space }, Buffer.from(extraNonce2, 'hex'));
    header.writeUInt32LE(version, 0);
    header.writeUInt32LE(nonce, 76);
    expect(Buffer.from(sha256d(header)).reverse().toString('hex')).toBe(hash);
  },
);

test.each([
  ['the whole mask of BIP 320', 0x2000_0000, 0x1fff_e000, 16],
  ['no mask', 0x2000_0000, 0, 1],
  ['two low bits', 0x2000_0000, 0x6000, 4],
  ['only high bits', 0x2000_0000, 0x1000_0000, 1],
  ['a version with a set bit outside the mask', 0x3000_0000, 0x1e000, 1],
])('the number of versions respects %s', (_, version, mask, variants) => {
  const job = { ...readJob(SHARES[0]!.params)!, version };
  expect(variantsOf({ job, mask })).toBe(variants);
});

test('the count of extranonce2 gives each value once, and goes on with the next job', () => {
  const counter = new ExtraNonceCounter();
  const first = counter.values(1);
  expect([first.next().value, first.next().value]).toEqual([Buffer.of(0), Buffer.of(1)]);
  const second = [...counter.values(1)].map((value) => value[0]);
  expect(second[0]).toBe(2);
  expect(new Set(second).size).toBe(256);
});

test.each([
  ['a job without a previous hash', ['a', '', '', '', [], '20000000', '1d00ffff', '6b06ef58', true]],
  ['half a byte', ['a', '00'.repeat(32), 'abc', '', [], '20000000', '1d00ffff', '6b06ef58', true]],
  ['a short sibling', ['a', '00'.repeat(32), '', '', ['00'], '20000000', '1d00ffff', '6b06ef58', true]],
  ['a number as the id', [7, '00'.repeat(32), '', '', [], '20000000', '1d00ffff', '6b06ef58', true]],
])('%s is not a job', (_, params) => {
  expect(readJob(params)).toBeUndefined();
});

test.each([[0], [17], [1.5], ['4']])('an extranonce2 of %p bytes is refused', (size) => {
  expect(readSpace(['00000000', size])).toBeUndefined();
});
