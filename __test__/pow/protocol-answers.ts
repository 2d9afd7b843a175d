/**
 * Answers to challenges of protocols in use, each with its template. They come from the documents and tests of the projects, or
 * were computed by implementations of their rules that share no code with qanto. The functions say how each protocol builds the
 * message that it hashes.
 */
import { digest as digestOf, type Template } from '../../ts/pow/index.ts';

export interface Answer {
  readonly template: Template;
  readonly nonce: number | bigint | string;
  /** The digest, or its beginning, in hex. */
  readonly digest?: string;
  /** The integer that the rule reads from the digest. */
  readonly integer?: bigint;
  /** Whether no smaller nonce is a hit. */
  readonly isFirst?: true;
}

const hex = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits, 'hex'));
/** A text before a decimal nonce. */
const before = (text: string) =>
  ({ preimage: Buffer.from(text), nonce: { offset: Buffer.byteLength(text), encoding: 'decimal' } }) as const;

/**
 * ALTCHA v1: the digest of the salt and the number is the challenge (made with altcha-lib 2.8.0; the first
 * is in the documents of Versia).
 */
const altcha1 = (algorithm: string, salt: string, challenge: string, nonce: number): Answer => ({
  template: { algorithm, ...before(salt), target: { equals: hex(challenge) } },
  ...{ nonce, digest: challenge, isFirst: true },
});

/**
 * ALTCHA v2 with SHA-256 and cost 1: the digest of salt, nonce and counter begins with the prefix of the key
 * (made with altcha-lib 2.8.0).
 */
const altcha2 = (hexPrefix: string, nonce: number, digest: string): Answer => ({
  template: {
    algorithm: 'sha256',
    preimage: hex(`5e00d5d152e1a5db7d44fb6404a40a5e39baf91a19d671f8231217f9e28342a6${'00'.repeat(4)}`),
    nonce: { offset: 32, encoding: 'u32be' },
    target: { hexPrefix },
  },
  ...{ nonce, digest, isFirst: true },
});

/**
 * Cap: the digest of the salt and the nonce begins with the digits of the target (the first two are those of
 * tiagozip/cap).
 */
const cap = (salt: string, hexPrefix: string, nonce: number): Answer => ({
  template: { algorithm: 'sha256', ...before(salt), target: { hexPrefix } },
  ...{ nonce, isFirst: true },
});

/** Anubis: the digest of the random data and the nonce begins with zero digits (the rule of TecharoHQ/anubis). */
export const anubis = (randomData: string, difficulty: number, nonce: number, digest: string): Answer => ({
  template: { algorithm: 'sha256', ...before(randomData), target: { hexPrefix: '0'.repeat(difficulty) } },
  ...{ nonce, digest, isFirst: true },
});
const ANUBIS_DATA = Buffer.from(Uint8Array.from({ length: 64 }, (_, index) => index)).toString('hex');

/**
 * Hashcash version 1: SHA-1 of the stamp, whose last field is any text (stamps of hashcash's documents, and one of
 * fastlane for Apple).
 */
export const hashcash = (stamp: string, digest: string, isFirst?: true): Answer => {
  const [, bits] = stamp.split(':');
  const end = stamp.lastIndexOf(':') + 1;
  return {
    template: {
      algorithm: 'sha1',
      ...before(stamp.slice(0, end)),
      target: { leadingZeroBits: Number(bits) },
    },
    ...{ nonce: stamp.slice(end), digest, ...(isFirst && { isFirst }) },
  };
};

/** Nostr (NIP-13, the example of its specification): the digest of the event without its id, in which the nonce is a tag. */
const nostr = (): Answer => {
  const event = (nonce: string) =>
    JSON.stringify([
      0,
      'a48380f4cfcc1ad5378294fcac36439770f9c878dd880ffa94bb74ea54a6f243',
      1651794653,
      1,
      [['nonce', nonce, '20']],
      "It's just me mining my own business",
    ]);
  const text = event('');
  return {
    template: {
      algorithm: 'sha256',
      preimage: Buffer.from(text),
      nonce: { offset: Buffer.byteLength(text.slice(0, text.indexOf(',"20"') - 1)), encoding: 'decimal' },
      target: { leadingZeroBits: 21 },
    },
    ...{ nonce: 776797, digest: '000006d8c378af1779d2feebc7603a125d99eca0ccf1085959b307f64e5dd358' },
  };
};

/** Nano: BLAKE2b with 8 bytes of nonce and root, at least the threshold (the rule of nano-node). */
const nano = (root: string, work: string, value: bigint, threshold: bigint): Answer => ({
  template: {
    algorithm: 'blake2b',
    digestLength: 8,
    preimage: hex('00'.repeat(8) + root),
    nonce: { offset: 0, encoding: 'u64le' },
    target: { atLeast: threshold, width: 8, endian: 'little' },
  },
  ...{ nonce: BigInt(`0x${work}`), integer: value },
});

/**
 * mCaptcha: salt, the string with its length, and the nonce; the threshold follows from the difficulty (the rule of
 * mCaptcha/pow_sha256).
 */
const mcaptcha = (salt: string, text: string, difficulty: bigint, nonce: number, result: bigint): Answer => {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
  const preimage = Buffer.concat([Buffer.from(salt), length, Buffer.from(text)]);
  const max = 2n ** 128n - 1n;
  return {
    template: {
      algorithm: 'sha256',
      preimage,
      nonce: { offset: preimage.length, encoding: 'decimal' },
      target: { atLeast: max - max / difficulty, width: 16, endian: 'big' },
    },
    ...{ nonce, integer: result },
  };
};
const MCAPTCHA_SALT = '79ziepia7vhjgviiwjhnend3ofjqocsi2winc4ptqhmkvcajihywxcizewvckg9h6gs4j83v9';

/** Friendly Captcha v1: the puzzle in 128 bytes, of which the last 8 are the solution (the rule of friendly-challenge). */
const friendly = (): Answer => {
  const preimage = new Uint8Array(128);
  preimage.set(hex('6183d0330000000000000000010a013200000000000000000000000000000000'));
  preimage.set(hex('0102030405'), 32);
  const difficulty = preimage[15]!;
  const threshold = BigInt(Math.floor(2 ** ((255.999 - difficulty) / 8)));
  return {
    template: {
      algorithm: 'blake2b',
      digestLength: 32,
      preimage,
      nonce: { offset: 124, encoding: 'u32le' },
      target: { lo: 0n, hi: threshold - 1n, width: 4, endian: 'little' },
    },
    ...{ nonce: 154, integer: 52051544n },
  };
};

/** go-away: the digest of the difficulty and a key, and the nonce (the rule of WeebDataHoarder/go-away). */
const goAway = (): Answer => {
  const difficulty = Buffer.alloc(8);
  difficulty.writeBigUInt64LE(20n);
  const key = Buffer.from('Pl02g55pPapXdVc3SVfMZQGymmyE0dTCpq0qm8ax9ss=', 'base64');
  const challenge = digestOf('sha256', Buffer.concat([difficulty, key]));
  return {
    template: {
      algorithm: 'sha256',
      preimage: Buffer.concat([challenge, Buffer.alloc(8)]),
      nonce: { offset: 32, encoding: 'u64le' },
      target: { leadingZeroBits: 20 },
    },
    nonce: 1166696,
    ...{ digest: '000005b687a4e6ca8f8d0658f9d4b3dbd489019a521f58e63c8338c8c4f2967d', isFirst: true },
  };
};

/**
 * Cerberus: BLAKE3 of 64 hex digits and a nonce with swapped halves; the difficulty counts half hex digits (the rule of
 * sjtug/cerberus).
 */
const cerberus = (difficulty: number, nonce: number, digest: string): Answer => {
  const salt = '4daa980071915f949ac6733ad7d35a58074b01a7cc234822565d25b34b451538';
  return {
    template: {
      algorithm: 'blake3',
      preimage: Buffer.concat([Buffer.from(salt), Buffer.alloc(8)]),
      nonce: { offset: 64, encoding: 'u64le-swapped' },
      target: { leadingZeroBits: 4 * Math.floor(difficulty / 2) + (difficulty % 2) },
    },
    ...{ nonce, digest, isFirst: true },
  };
};

/** Bitmessage: double SHA-512 of the nonce and the digest of the payload (the rule of PyBitmessage). */
const bitmessage = (): Answer => ({
  template: {
    algorithm: 'sha512d',
    preimage: Buffer.concat([Buffer.alloc(8), digestOf('sha512', Buffer.from('qanto bitmessage payload'))]),
    nonce: { offset: 0, encoding: 'u64be' },
    target: { lo: 0n, hi: 281_474_976_710_656n, width: 8, endian: 'big' },
  },
  ...{ nonce: 6830, integer: 98_829_261_225_289n },
});

const ROOT = '718CC2121C3E641059BC1C2CFC45666C99E8AE922F7A807B7D07B62C995D79E2';
const SEND = 0xfffffff800000000n;
const RECEIVE = 0xfffffe0000000000n;
const EPOCH_1 = 0xffffffc000000000n;

export const ANSWERS: readonly (readonly [name: string, answer: Answer])[] = [
  [
    'ALTCHA v1 with parameters',
    altcha1(
      'sha256',
      'd15e43fa3709d85ce3c74644?challenge_id=01931621-1456-7b5b-be65-c044e6b47cbb&expires=1731243386',
      '5dc6b352632912664583940e14b9dfbdf447459d4517708ce8766a39ac040eb5',
      12185,
    ),
  ],
  [
    'ALTCHA v1 with SHA-256',
    altcha1(
      'sha256',
      '39baf91a19d671f8231217f9e28342a6&',
      '7882febf015384f50175e80d3ee48e090748adb40a9850de5f7d1b3ccf0be01a',
      49582,
    ),
  ],
  [
    'ALTCHA v1 with SHA-1',
    altcha1('sha1', '00112233445566778899aabb&', 'fd675ef38f4d46af55696d4b265dd697e9e39d45', 777),
  ],
  [
    'ALTCHA v1 with SHA-512',
    altcha1(
      'sha512',
      '00112233445566778899aabb?expires=4102444800&',
      '19bd483a5b2ded66f15b7bc820da57df47df35cc65af1d84921f3d4739afaa6e7df6f85a28194cf34fab3a914c645349c1ae39d8c948a3129c5795e8802040f9',
      123456,
    ),
  ],
  [
    'ALTCHA v2, four digits',
    altcha2('0000', 126794, '0000baac990d1eda7ab696afd4ff53ff2a8fc7f2fd8070e7f818094d8ebd3d60'),
  ],
  [
    'ALTCHA v2, five digits',
    altcha2('00000', 982261, '0000091321b375bdcf7bcc79fafa3ddfa84e90d43340678c7d751c21b0e1c167'),
  ],
  ['Cap, first challenge', cap('e455cea65e98bc3c36287f43769da211', 'dceb', 63625)],
  ['Cap, second challenge', cap('fb8d25f6abac5aa9b6360051f37e010b', '93f1', 62420)],
  ['Cap, five digits', cap('02679e6558', 'eeffc', 1127415)],
  ['Cap, three digits', cap('test', 'abc', 1832)],
  ['Cap, two digits', cap('8d268f8fc63f7d64', '79', 2)],
  [
    'Anubis, a word',
    anubis('hunter', 4, 73720, '000021aed34dbacfb31c00533eecdc3099fe858b8377273a12cc9cdfecfaebe4'),
  ],
  [
    'Anubis, 128 digits',
    anubis(ANUBIS_DATA, 4, 161906, '0000f906fa2fb92880f1041ff2907d1738723e8d67cf656e0a49873292f78e1e'),
  ],
  [
    'Anubis, difficulty 5',
    anubis(ANUBIS_DATA, 5, 379685, '000001501515105cba958163db05ebffe961db4d11177bb9f0162d8afd0f9462'),
  ],
  [
    'hashcash of 2004',
    hashcash('1:20:040806:foo::65f460d0726f420d:13a6b8', '00000f91d51a9c213f9b7420c35c62b5e818c23e'),
  ],
  [
    'hashcash of 2006',
    hashcash(
      '1:20:060408:adam@cypherspace.org::1QTjaYd7niiQA/sc:ePa',
      '00000a4a8bd07bddbdb0c4ea9ddb2d29b8d1cc5e',
    ),
  ],
  [
    'hashcash of 2013',
    hashcash(
      '1:20:1303030600:adam@cypherspace.org::McMybZIhxKXu57jd:ckvi',
      '00000b7c65ac70650eb8d4f034e86d7d5cd1852f',
    ),
  ],
  [
    'hashcash of Apple',
    hashcash(
      '1:11:20230223170600:4d74fb15eb23f465f1f6fcbf534e5877::6373',
      '001cc13831c63ca2e739dbcf47bdd4597535265f',
      true,
    ),
  ],
  ['Nostr', nostr()],
  ['Nano, a send block', nano(ROOT, '2b3d689bbcb21dca', 0xfffffff93c41ec94n, SEND)],
  ['Nano, a receive block', nano(ROOT, '2bf29ef00786a6bc', 0xffffffd21c3933f4n, RECEIVE)],
  [
    'Nano, a block of the first epoch',
    nano(
      '2DD2B07F1BBB385B7E1097363D9FCFDAA56DFA74ECB7D59A9E468E7472165660',
      '146232c92971e467',
      0xffffffcf8f56c369n,
      EPOCH_1,
    ),
  ],
  [
    'mCaptcha, difficulty 1,000',
    mcaptcha(
      'myrandomsaltisnotlongenoug',
      'ironmansucks',
      1000n,
      571,
      340197138724138968906016546471491665380n,
    ),
  ],
  [
    'mCaptcha, difficulty 50,000',
    mcaptcha(
      'myrandomsaltisnotlongenoug',
      'ironmansucks',
      50000n,
      3838,
      340282134200508703755252020331960825081n,
    ),
  ],
  [
    'mCaptcha, a long salt',
    mcaptcha(MCAPTCHA_SALT, 'Ex nihilo nihil fit.', 1000n, 288, 340210760784916210852671335736648412711n),
  ],
  ['Friendly Captcha v1', friendly()],
  ['go-away', goAway()],
  ['Cerberus, difficulty 4', cerberus(4, 70, '0088ca24')],
  ['Cerberus, difficulty 5', cerberus(5, 3634, '005b7873a4e8634f')],
  ['Cerberus, difficulty 7', cerberus(7, 30542, '00050230e3e073ba')],
  ['Bitmessage', bitmessage()],
];
