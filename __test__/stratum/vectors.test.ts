/** The miner of these tests is right: it computes the headers that real miners and pools did. */
import { expect, test } from '@jest/globals';
import { headerOf, type Notify, reversed, sha256d } from './support.ts';

/** The first is from the tests of public-pool (MIT), sent by a real miner. The second was found by a stock CPU miner. */
const SHARES: readonly {
  notify: Omit<Notify, 'id' | 'clean'>;
  work: Parameters<typeof headerOf>[1];
  header: string;
  hash: string;
}[] = [
  {
    notify: {
      prevHash: '171592f223740e92d223f6e68bff25279af7ac4f2246451e0000000200000000',
      coinbase1:
        '02000000010000000000000000000000000000000000000000000000000000000000000000ffffffff1903c943255c7075626c69632d706f6f6c5c',
      coinbase2:
        'ffffffff037a90000000000000160014e6f22ca44dc800e9d049621a3b9a42c509f1c4bc3b0f250000000000160014e6f22ca44dc800e9d049621a3b9a42c509f1c4bc0000000000000000266a24aa21a9edbd3d1d916aa0b57326a2d88ebe1b68a1d7c48585f26d8335fe6a94b62755f64c00000000',
      branch: [
        '175335649d5e8746982969ec88f52e85ac9917106fba5468e699c8879ab974a1',
        'd5644ab3e708c54cd68dc5aedc92b8d3037449687f92ec41ed6e37673d969d4a',
        '5c9ec187517edc0698556cca5ce27e54c96acb014770599ed9df4d4937fbf2b0',
      ],
      version: '20000000',
      bits: '192495f8',
      time: '64b3f3ec',
    },
    work: {
      extraNonce1: '57a6f098',
      extraNonce2: 'c7080000',
      time: '64b3f3ec',
      nonce: 'ed460d91',
      versionBits: '00002000',
      mask: '1fffe000',
    },
    header:
      '00200020f2921517920e7423e6f623d22725ff8b4facf79a1e45462202000000000000006b5d684a704b4abe62b2375c5326d1fc1dbb61168aff84e920ba28968bf1075fecf3b364f8952419910d46ed',
    hash: '000000000061d52983863e5c424c00d9e0981874fddf6a8493433e73928a3e4e',
  },
  {
    notify: {
      prevHash: 'a29277ea2a5e406f9cf4c6e960be3ba90aacce76833dc51f7f7d6c42e477932d',
      coinbase1: '636f696e62617365',
      coinbase2: '2d656e64',
      branch: [
        'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
        '3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d',
      ],
      version: '20000000',
      bits: '1d00ffff',
      time: '6b06ef58',
    },
    work: { extraNonce1: 'deadbeef', extraNonce2: '00000000', time: '6b06ef58', nonce: '2b7a3100' },
    header:
      '00000020ea7792a26f405e2ae9c6f49ca93bbe6076ceac0a1fc53d83426c7d7f2d9377e4075beb42f8aa680292902675333f127c298c71e8b20b7e099108c810194f16d958ef066bffff001d00317a2b',
    hash: '00000148f154765b0566ac4fc2b9c2c213cac0c85aae458e8b75c36d4d0fcc6c',
  },
];

test.each(SHARES)(
  'The header of a recorded share is put together as its miner did: $hash',
  ({ notify, work, header, hash }) => {
    const bytes = headerOf({ ...notify, id: '1', clean: true }, work);
    expect(bytes.toString('hex')).toBe(header);
    expect(reversed(sha256d(bytes)).toString('hex')).toBe(hash);
  },
);
