import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Block, encodeBlock } from '../../ts/dag/block.ts';
import { encodeHeader } from '../../ts/dag/header.ts';
import {
  type NetworkParams,
  type QantoDag,
  REJECTION_CODES,
  type RejectionCode,
  regtest,
} from '../../ts/dag/index.ts';
import { digest } from '../../ts/pow/index.ts';
import {
  ADDRESS,
  fixedEnvironment,
  forge,
  hashOf,
  mine,
  mineAndAdd,
  mineOn,
  mineSiblings,
  openDag,
  RULES_NETWORK,
} from './support.ts';

const START_MS = regtest.genesisTimestampMs + 1_000_000;
const network: NetworkParams = { ...RULES_NETWORK, maxBlockBytes: 2000 };

let dag: QantoDag;
let environment: ReturnType<typeof fixedEnvironment>;
let valid: Block;
/** A chain of blocks on genesis. */
let chain: string[];

beforeEach(async () => {
  environment = fixedEnvironment(START_MS);
  dag = await openDag({ network, environment, orphanLimits: { minWorkFraction: 1 } });
  // The chain is long enough to have a pruning point.
  chain = await mineAndAdd(dag, 40);
  // Two tips give the valid block two parents and a merge set.
  for (const sibling of mineSiblings(dag, 2)) await dag.addBlock(sibling);
  valid = mine(dag.buildTemplate({ address: ADDRESS, payloads: [Buffer.from('one'), Buffer.from('two')] }));
});

afterEach(() => dag.close());

/** For every rule, the valid block changed so that it breaks only this rule. Some rules need other blocks in the DAG. */
const breaches: Record<RejectionCode, () => Block | Uint8Array | Promise<Block | Uint8Array>> = {
  ERR_QANTO_BLOCK_TOO_LARGE: () =>
    forge(valid, { payloads: [1, 2, 3, 4].map((byte) => Buffer.alloc(490, byte)) }),
  ERR_QANTO_MALFORMED: () => encodeBlock(valid).subarray(0, -1),
  ERR_QANTO_BAD_COINBASE: () => {
    // The coinbase follows the header (80 bytes) and the context (121 bytes, and 32 per parent). Here it is one byte
    // shorter.
    const bytes = Buffer.from(encodeBlock({ ...valid, payloads: [] }));
    bytes.writeUInt32LE(39, 1 + 80 + 121 + 64 + 4);
    return bytes.subarray(0, -1);
  },
  ERR_QANTO_BAD_VERSION: () => forge(valid, { header: { version: 0x20000001 } }),
  ERR_QANTO_NO_PARENTS: () => forge(valid, { context: { parents: [] } }),
  ERR_QANTO_TOO_MANY_PARENTS: async () => {
    const parents = await addSiblings(5);
    return forge(valid, { context: { parents } });
  },
  ERR_QANTO_DUPLICATE_PARENT: () => {
    const [parent] = valid.context.parents as [string, string];
    return forge(valid, { context: { parents: [parent, parent] } });
  },
  ERR_QANTO_PARENTS_NOT_SORTED: () =>
    forge(valid, { context: { parents: [...valid.context.parents].reverse() } }),
  ERR_QANTO_TIME_OUT_OF_RANGE: () => forge(valid, { header: { time: valid.header.time + 601 } }),
  ERR_QANTO_CONTEXT_HASH_MISMATCH: () => forge(valid, { header: { contextHash: '12'.repeat(32) } }),
  ERR_QANTO_TOO_MANY_PAYLOADS: () =>
    forge(valid, { payloads: [1, 2, 3, 4, 5, 6, 7].map((byte) => Buffer.of(byte)) }),
  ERR_QANTO_PAYLOAD_TOO_LARGE: () => forge(valid, { payloads: [Buffer.alloc(501)] }),
  ERR_QANTO_DUPLICATE_PAYLOAD: () => ({ ...valid, payloads: [...valid.payloads, valid.payloads[1]!] }),
  ERR_QANTO_CONTENT_ROOT_MISMATCH: () => ({ ...valid, payloads: [...valid.payloads].reverse() }),
  ERR_QANTO_INVALID_BITS: () => forge(valid, { header: { bits: 0x20800001, nonce: 0 } }),
  ERR_QANTO_POW_NOT_MET: () => withoutWork(valid),
  ERR_QANTO_TIMESTAMP_TOO_FAR_AHEAD: () =>
    forge(valid, { context: { timestampMs: START_MS + network.maxTimeAheadMs + 1 } }),
  ERR_QANTO_BELOW_PRUNING_POINT: () => {
    const { blueScore } = dag.getView(dag.info().pruningPoint)!;
    expect(blueScore).toBeGreaterThan(0);
    return forge(valid, { context: { blueScore } });
  },
  ERR_QANTO_PARENT_REJECTED: async () => {
    const refused = forge(valid, { context: { daaScore: 1 } });
    await expect(dag.addBlock(refused)).rejects.toThrow();
    return forge(valid, { context: { parents: [hashOf(refused)] } });
  },
  ERR_QANTO_ORPHAN_WORK_TOO_LOW: () =>
    forge(valid, { header: { bits: 0x2100ffff }, context: { parents: ['12'.repeat(32)] } }),
  ERR_QANTO_PARENTS_NOT_ANTICHAIN: () => {
    const parents = [chain.at(-1)!, ...valid.context.parents].sort();
    return forge(valid, { context: { parents } });
  },
  ERR_QANTO_MERGE_SET_TOO_LARGE: async () => {
    // A side chain of 4 blocks, shorter than the main chain: merging it adds 4 blocks to the merge set.
    let side = chain.at(-5)!;
    for (let length = 1; length <= 4; length++)
      side = (await dag.addBlock(mineOn(dag, [side], { extraNonce: 1 }))).hash;
    return forge(valid, { context: { parents: [side, dag.sink()].sort() } });
  },
  ERR_QANTO_PRUNING_POINT_NOT_IN_CHAIN: () => {
    const below = chain[chain.indexOf(dag.info().pruningPoint) - 1]!;
    return forge(valid, { context: { parents: [below] } });
  },
  ERR_QANTO_MERGE_TOO_DEEP: async () => {
    const { hash: late } = await dag.addBlock(mineOn(dag, [chain.at(-7)!], { extraNonce: 1 }));
    return forge(valid, { context: { parents: [late, dag.sink()].sort() } });
  },
  ERR_QANTO_TIMESTAMP_NOT_ABOVE_MEDIAN: () =>
    forge(valid, { context: { timestampMs: dag.info().pastMedianTimeMs } }),
  ERR_QANTO_WRONG_BITS: () => forge(valid, { header: { bits: 0x207ffffe } }),
  ERR_QANTO_WRONG_DAA_SCORE: () => forge(valid, { context: { daaScore: valid.context.daaScore + 1 } }),
  ERR_QANTO_WRONG_BLUE_SCORE: () => forge(valid, { context: { blueScore: valid.context.blueScore - 1 } }),
  ERR_QANTO_WRONG_BLUE_WORK: () => forge(valid, { context: { blueWork: valid.context.blueWork + 1n } }),
  ERR_QANTO_WRONG_PRUNING_POINT: () => {
    const { pruningPoint } = valid.context;
    expect(pruningPoint).not.toBe(dag.genesis);
    return forge(valid, { context: { pruningPoint: chain[chain.indexOf(pruningPoint) + 1]! } });
  },
  ERR_QANTO_WRONG_CHAIN_ROOT: () => forge(valid, { context: { chainRoot: '12'.repeat(32) } }),
};

describe('A block', () => {
  test('that follows every rule is accepted', async () => {
    await expect(dag.addBlock(valid)).resolves.toEqual({ hash: hashOf(valid), status: 'accepted' });
  });

  test.each(REJECTION_CODES)(
    'that breaks only the rule %s is refused with that code, and changes nothing',
    async (code) => {
      const broken = await breaches[code]();
      const before = stateOf(dag);
      await expect(dag.addBlock(broken)).rejects.toMatchObject({
        name: 'BlockRejectedError',
        code,
        message: expect.stringContaining(code),
      });
      expect(stateOf(dag)).toEqual(before);
      await expect(dag.addBlock(valid)).resolves.toMatchObject({ status: 'accepted' });
    },
  );
});

test('The genesis block is a duplicate, although it has no proof of work', async () => {
  const genesis = encodeBlock((await dag.getBlock(dag.genesis))!);
  await expect(dag.addBlock(genesis)).resolves.toEqual({ hash: dag.genesis, status: 'duplicate' });
});

test('Bytes whose buffer was transferred to a worker are refused as malformed', async () => {
  const bytes = new Uint8Array(encodeBlock(valid));
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  await expect(dag.addBlock(bytes)).rejects.toMatchObject({ code: 'ERR_QANTO_MALFORMED' });
});

describe('A block at the limit of a rule', () => {
  test.each([
    [
      'a header time 600 s after the timestamp',
      () => forge(valid, { header: { time: valid.header.time + 600 } }),
    ],
    [
      'a timestamp as far ahead of the clock as allowed',
      () => forge(valid, { context: { timestampMs: START_MS + network.maxTimeAheadMs } }),
    ],
    [
      'a timestamp 1 ms after the past median time',
      () => forge(valid, { context: { timestampMs: dag.info().pastMedianTimeMs + 1 } }),
    ],
    ['all rolling bits of the version set', () => forge(valid, { header: { version: 0x3fffe000 } })],
    ['the maximum number of parents', async () => mineOn(dag, await addSiblings(4))],
    [
      'the maximum number of payloads',
      () => forge(valid, { payloads: [1, 2, 3, 4, 5, 6].map((byte) => Buffer.of(byte)) }),
    ],
    ['a payload of the maximum length', () => forge(valid, { payloads: [Buffer.alloc(500)] })],
  ])('is accepted with %s', async (_, make) => {
    await expect(dag.addBlock(await make())).resolves.toMatchObject({ status: 'accepted' });
  });

  test('is refused with a header time one second before the timestamp', async () => {
    const early = forge(valid, { header: { time: valid.header.time - 1 } });
    await expect(dag.addBlock(early)).rejects.toMatchObject({ code: 'ERR_QANTO_TIME_OUT_OF_RANGE' });
  });
});

describe('A block without proof of work', () => {
  test('is refused before anything else of it is read', async () => {
    const header = encodeBlock(withoutWork(valid)).subarray(0, 81);
    const garbage = Buffer.concat([header, Buffer.alloc(1000, 0xff)]);
    for (const bytes of [garbage, header]) {
      await expect(dag.addBlock(bytes)).rejects.toMatchObject({ code: 'ERR_QANTO_POW_NOT_MET' });
    }
  });

  test('is refused before it is encoded if it is an object', async () => {
    const unencodable = { ...withoutWork(valid), coinbase: undefined as never };
    await expect(dag.addBlock(unencodable)).rejects.toMatchObject({ code: 'ERR_QANTO_POW_NOT_MET' });
    const worked = { ...valid, coinbase: undefined as never };
    await expect(dag.addBlock(worked)).rejects.toMatchObject({ code: 'ERR_QANTO_INVALID_ARGUMENT' });
  });

  test('is refused before addBlock returns, without waiting in the queue', async () => {
    const codes: (string | undefined)[] = [];
    dag.on('block-answered', (answer) => codes.push(answer.status === 'rejected' ? answer.code : undefined));
    const adding = dag.addBlock(withoutWork(valid));
    expect(codes).toEqual(['ERR_QANTO_POW_NOT_MET']);
    await expect(adding).rejects.toThrow();
  });

  test('is not remembered, since anyone could fill the memory with such blocks', async () => {
    const refused = withoutWork(valid);
    await expect(dag.addBlock(refused)).rejects.toThrow();
    await expect(dag.getStatus(hashOf(refused))).resolves.toBe('unknown');
    const child = forge(valid, { context: { parents: [hashOf(refused)] } });
    await expect(dag.addBlock(child)).resolves.toMatchObject({ status: 'orphan' });
  });
});

describe('A rejection', () => {
  test('has no stack trace, whereas errors that are created later have one', async () => {
    const error: Error = await dag.addBlock(withoutWork(valid)).then(
      () => new Error('accepted'),
      (reason) => reason,
    );
    expect(error).toMatchObject({ name: 'BlockRejectedError' });
    expect(error.stack).not.toMatch(/\n +at /);
    expect(new Error('later').stack).toMatch(/\n +at /);
  });

  test('has the same code if the host has frozen Error', async () => {
    const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')!;
    Object.defineProperty(Error, 'stackTraceLimit', { ...limit, writable: false });
    const adding = dag.addBlock(withoutWork(valid));
    Object.defineProperty(Error, 'stackTraceLimit', limit);
    await expect(adding).rejects.toMatchObject({ code: 'ERR_QANTO_POW_NOT_MET' });
  });

  test('names the block, the field, the offending value and the requirement', async () => {
    const wrong = forge(valid, { context: { daaScore: 77 } });
    await expect(dag.addBlock(wrong)).rejects.toMatchObject({
      hash: hashOf(wrong),
      field: 'context.daaScore',
      value: 77,
      expected: String(valid.context.daaScore),
    });
  });

  test('is remembered if the header commits to what is wrong', async () => {
    const wrong = forge(valid, { context: { blueScore: 77 } });
    await expect(dag.addBlock(wrong)).rejects.toThrow();
    await expect(dag.getStatus(hashOf(wrong))).resolves.toBe('rejected');
  });

  test.each([
    [
      'because of the list of parents is remembered',
      'rejected',
      () => forge(valid, { context: { parents: [] } }),
    ],
    [
      'because of the time of the header is remembered',
      'rejected',
      () => forge(valid, { header: { time: valid.header.time + 601 } }),
    ],
    [
      'because of the clock is not remembered',
      'unknown',
      () => forge(valid, { context: { timestampMs: START_MS + network.maxTimeAheadMs + 1 } }),
    ],
    [
      'because of a context that the header does not commit to is not remembered',
      'unknown',
      () => ({ ...valid, context: { ...valid.context, parents: [] } }),
    ],
    [
      'because of contents is not remembered, even if the header commits to them',
      'unknown',
      () => forge(valid, { payloads: [Buffer.alloc(501)] }),
    ],
  ] as const)('%s', async (_, status, make) => {
    const wrong = make();
    await expect(dag.addBlock(wrong)).rejects.toMatchObject({ name: 'BlockRejectedError' });
    await expect(dag.getStatus(hashOf(wrong))).resolves.toBe(status);
  });

  test('of altered contents does not prevent the original block from being accepted', async () => {
    const exchanged = { ...valid, payloads: [] };
    await expect(dag.addBlock(exchanged)).rejects.toMatchObject({ code: 'ERR_QANTO_CONTENT_ROOT_MISMATCH' });
    await expect(dag.getStatus(hashOf(valid))).resolves.toBe('unknown');
    await expect(dag.addBlock(valid)).resolves.toMatchObject({ status: 'accepted' });
  });

  test('of a block ahead of the clock ends once the clock has caught up', async () => {
    const early = forge(valid, { context: { timestampMs: START_MS + network.maxTimeAheadMs + 5 } });
    await expect(dag.addBlock(early)).rejects.toMatchObject({ code: 'ERR_QANTO_TIMESTAMP_TOO_FAR_AHEAD' });
    environment.nowMs += 5;
    await expect(dag.addBlock(early)).resolves.toMatchObject({ status: 'accepted' });
  });
});

test('A network with blake3 requires the blake3 digest to meet the target, and not the sha256d digest', async () => {
  const other = await openDag({ network: { ...network, name: 'blake', powAlgorithm: 'blake3' } });
  const template = other.buildTemplate({ address: ADDRESS });
  const [meets, misses] = [true, false].map((wanted) => {
    for (let nonce = 0; ; nonce++) {
      const block = template.withNonce(nonce);
      const isSha256dHit = Number.parseInt(hashOf(block)[0]!, 16) < 8;
      const isBlake3Hit = (digest('blake3', encodeHeader(block.header))[31]! & 0x80) === 0;
      // The two digests have opposite outcomes, so that only the correct one explains the result.
      if (isBlake3Hit === wanted && isSha256dHit !== wanted) return block;
    }
  }) as [Block, Block];
  await expect(other.addBlock(misses)).rejects.toMatchObject({ code: 'ERR_QANTO_POW_NOT_MET' });
  await expect(other.addBlock(meets)).resolves.toMatchObject({ status: 'accepted' });
  await other.close();
});

/** The observable state of the DAG. */
function stateOf(of: QantoDag) {
  return { ...of.info(), tips: of.tips(), order: [...of.order()] };
}

function withoutWork(block: Block): Block {
  for (let nonce = block.header.nonce + 1; ; nonce++) {
    const other = forge(block, { header: { nonce } });
    // A digest exceeds regtest's target if its highest bit is set.
    if (Number.parseInt(hashOf(other)[0]!, 16) >= 8) return other;
  }
}

async function addSiblings(count: number): Promise<string[]> {
  const added = await Promise.all(mineSiblings(dag, count).map((block) => dag.addBlock(block)));
  return added.map(({ hash }) => hash).sort();
}
