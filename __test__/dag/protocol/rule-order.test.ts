import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Block,
  encodeBlock,
  type NetworkParams,
  type QantoDag,
  regtest,
} from '../../../ts/dag/index.ts';
import { fixedEnvironment, forge, hashOf, mineAndAdd, mineOn, openDag, RULES_NETWORK } from '../support.ts';
import { type BlockParts, type ContextFields, changeContext, encodeParts, partsOf } from './block-parts.ts';
import { readHead, ruleBroken } from './reader.ts';

const START_MS = regtest.genesisTimestampMs + 1_000_000;
const network: NetworkParams = { ...RULES_NETWORK, maxBlockBytes: 4000 };

/** The codes in the order of the table in the document, which lists `ERR_QANTO_MALFORMED` once for each stage. */
const table = [...readFileSync('docs/protocol.md', 'utf8').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(
  ([, code]) => code!,
);

let dag: QantoDag;
let parts: BlockParts;
/** The sets of parents that a rule forbids, each with its code. */
let forbidden: Record<string, readonly string[]>;

beforeAll(async () => {
  dag = await openDag({
    network,
    environment: fixedEnvironment(START_MS),
    orphanLimits: { minWorkFraction: 1 },
  });
  const chain = await mineAndAdd(dag, 40);
  const add = async (block: Block) => (await dag.addBlock(block)).hash;
  // A side chain of four blocks that cannot be merged, a block that is too deep, and two tips to merge.
  let side = chain.at(-5)!;
  for (let length = 1; length <= 4; length++) side = await add(mineOn(dag, [side], { extraNonce: 1 }));
  const late = await add(mineOn(dag, [chain.at(-7)!], { extraNonce: 2 }));
  const tips = [];
  for (const extraNonce of [3, 4, 5, 6, 7])
    tips.push(await add(mineOn(dag, [chain.at(-1)!], { extraNonce })));
  const payloads = [Buffer.from('one'), Buffer.from('two')];
  const valid = mineOn(dag, tips.slice(0, 2), { payloads });
  parts = partsOf(Buffer.from(encodeBlock(valid)));
  const refused = forge(valid, { context: { daaScore: 1 } });
  await expect(dag.addBlock(refused)).rejects.toThrow();
  const [first, second] = valid.context.parents as [string, string];
  forbidden = {
    ERR_QANTO_NO_PARENTS: [],
    ERR_QANTO_TOO_MANY_PARENTS: tips.sort(),
    ERR_QANTO_DUPLICATE_PARENT: [first, first],
    ERR_QANTO_PARENTS_NOT_SORTED: [second, first],
    ERR_QANTO_PARENT_REJECTED: [hashOf(refused)],
    ERR_QANTO_PARENTS_NOT_ANTICHAIN: [chain.at(-1)!, first].sort(),
    ERR_QANTO_PRUNING_POINT_NOT_IN_CHAIN: [chain[chain.indexOf(dag.info().pruningPoint) - 1]!],
    ERR_QANTO_MERGE_SET_TOO_LARGE: [side, first].sort(),
    ERR_QANTO_MERGE_TOO_DEEP: [late, first].sort(),
  };
});

afterAll(() => dag.close());

type Change = (parts: BlockParts) => Partial<BlockParts>;
const inContext =
  (change: (fields: ContextFields) => Partial<ContextFields>): Change =>
  ({ context }) => {
    const fields = readHead(Buffer.concat([Buffer.alloc(81), context]))!;
    return { context: changeContext(context, change(fields)) };
  };
const withPayloads =
  (...payloads: Buffer[]): Change =>
  ({ contents }) => ({ contents: [...contents, ...payloads] });
const parentsOf = (code: string): Change => inContext(() => ({ parents: forbidden[code]! }));

const INVALID_BITS = 0x20800001;
/** The work of one hash, which is half of the median. A digest without the work of regtest does not have this work either. */
const EASIEST_BITS = 0x21008000;
const orphanWithoutWork: Change = (changed) => ({
  bits: changed.bits === INVALID_BITS ? INVALID_BITS : EASIEST_BITS,
  ...inContext(() => ({ parents: ['ab'.repeat(32)] }))(changed),
});

/**
 * Changes with which a block breaks a rule. A block gets at most one change of each group, since the changes of a group
 * exclude each other. `ERR_QANTO_MALFORMED` is in the table three times; without a prefix, it is the first of the three.
 */
const groups: readonly (readonly (readonly [rule: string, change: Change])[])[] = [
  [
    ['ERR_QANTO_BLOCK_TOO_LARGE', () => ({ tail: Buffer.alloc(4000) })],
    ['contents ERR_QANTO_MALFORMED', () => ({ tail: Buffer.of(0) })],
  ],
  [['ERR_QANTO_MALFORMED', () => ({ format: 0 })]],
  [['ERR_QANTO_BAD_VERSION', () => ({ version: 0x20000001 })]],
  [
    ['ERR_QANTO_INVALID_BITS', () => ({ bits: INVALID_BITS })],
    ['ERR_QANTO_WRONG_BITS', () => ({ bits: 0x207ffffe })],
  ],
  [['ERR_QANTO_POW_NOT_MET', () => ({ hasWork: false })]],
  [['ERR_QANTO_CONTEXT_HASH_MISMATCH', () => ({ contextHash: Buffer.alloc(32, 1) })]],
  [
    ['ERR_QANTO_NO_PARENTS', parentsOf('ERR_QANTO_NO_PARENTS')],
    ['ERR_QANTO_TOO_MANY_PARENTS', parentsOf('ERR_QANTO_TOO_MANY_PARENTS')],
    ['ERR_QANTO_DUPLICATE_PARENT', parentsOf('ERR_QANTO_DUPLICATE_PARENT')],
    ['ERR_QANTO_PARENTS_NOT_SORTED', parentsOf('ERR_QANTO_PARENTS_NOT_SORTED')],
    ['ERR_QANTO_PARENT_REJECTED', parentsOf('ERR_QANTO_PARENT_REJECTED')],
    ['ERR_QANTO_ORPHAN_WORK_TOO_LOW', orphanWithoutWork],
    ['ERR_QANTO_PARENTS_NOT_ANTICHAIN', parentsOf('ERR_QANTO_PARENTS_NOT_ANTICHAIN')],
    ['ERR_QANTO_PRUNING_POINT_NOT_IN_CHAIN', parentsOf('ERR_QANTO_PRUNING_POINT_NOT_IN_CHAIN')],
    ['ERR_QANTO_MERGE_SET_TOO_LARGE', parentsOf('ERR_QANTO_MERGE_SET_TOO_LARGE')],
    ['ERR_QANTO_MERGE_TOO_DEEP', parentsOf('ERR_QANTO_MERGE_TOO_DEEP')],
  ],
  [['ERR_QANTO_TIME_OUT_OF_RANGE', () => ({ timeOffset: 601 })]],
  [
    [
      'ERR_QANTO_TIMESTAMP_TOO_FAR_AHEAD',
      inContext(() => ({ timestampMs: START_MS + network.maxTimeAheadMs + 1 })),
    ],
    ['ERR_QANTO_TIMESTAMP_NOT_ABOVE_MEDIAN', inContext(() => ({ timestampMs: START_MS - 900_000 }))],
  ],
  [
    ['ERR_QANTO_BELOW_PRUNING_POINT', inContext(() => ({ blueScore: 1 }))],
    ['ERR_QANTO_WRONG_BLUE_SCORE', inContext(({ blueScore }) => ({ blueScore: blueScore + 1 }))],
  ],
  [['ERR_QANTO_WRONG_DAA_SCORE', inContext(({ daaScore }) => ({ daaScore: daaScore + 1 }))]],
  [['ERR_QANTO_WRONG_BLUE_WORK', inContext(({ blueWork }) => ({ blueWork: blueWork + 1n }))]],
  [['ERR_QANTO_WRONG_PRUNING_POINT', inContext(() => ({ pruningPoint: 'ab'.repeat(32) }))]],
  [['ERR_QANTO_WRONG_CHAIN_ROOT', inContext(() => ({ chainRoot: 'ab'.repeat(32) }))]],
  // This must follow the other changes of the context, which need a context that can be decoded.
  [['context ERR_QANTO_MALFORMED', ({ context }) => ({ context: withHugeTimestamp(context) })]],
  [['ERR_QANTO_TOO_MANY_PAYLOADS', withPayloads(...[1, 2, 3, 4, 5].map((byte) => Buffer.of(byte)))]],
  [
    [
      'ERR_QANTO_BAD_COINBASE',
      ({ contents: [coinbase, ...payloads] }) => ({ contents: [coinbase!.subarray(1), ...payloads] }),
    ],
  ],
  [['ERR_QANTO_PAYLOAD_TOO_LARGE', withPayloads(Buffer.alloc(501))]],
  [['ERR_QANTO_DUPLICATE_PAYLOAD', withPayloads(Buffer.from('one'))]],
  [['ERR_QANTO_CONTENT_ROOT_MISMATCH', () => ({ contentRoot: Buffer.alloc(32, 1) })]],
];

function withHugeTimestamp(context: Buffer): Buffer {
  const copy = Buffer.from(context);
  copy.writeUInt8(0xff, 1 + 32 * copy[0]! + 7);
  return copy;
}

/** The place of a rule in the table. */
function placeOf(rule: string): number {
  const [code, stage] = rule.split(' ').reverse() as [string, string?];
  const places = table.flatMap((listed, place) => (listed === code ? [place] : []));
  return places[['context', 'contents'].indexOf(stage!) + 1]!;
}

/** Whether a rule needs other blocks or the clock. The test tells the reader whether the block follows such rules. */
const isOfDag = (rule: string) =>
  placeOf(rule) >= placeOf('ERR_QANTO_TIMESTAMP_TOO_FAR_AHEAD') &&
  placeOf(rule) <= placeOf('ERR_QANTO_WRONG_CHAIN_ROOT');

async function codeOf(bytes: Uint8Array): Promise<string> {
  return dag.addBlock(bytes).then(
    ({ status }) => status,
    (error: { code: string }) => error.code,
  );
}

describe('A block that breaks several rules', () => {
  const rules = groups.flatMap((group) => group.map(([rule]) => rule));

  test('can break every rule of the table', () => {
    expect([...new Set(rules.map(placeOf))].sort((a, b) => a - b)).toEqual(table.map((_, place) => place));
  });

  test.each(groups.flat())('is refused with %s if it breaks no other rule', async (rule, change) => {
    const code = table[placeOf(rule)];
    await expect(codeOf(encodeParts({ ...parts, ...change(parts) }))).resolves.toBe(code);
  });

  test('is refused with the code of the first of them in the table, by the DAG and by the reader', async () => {
    const choices = fc.tuple(
      ...groups.map((group) => fc.option(fc.constantFrom(...group), { nil: undefined, freq: 2 })),
    );
    await fc.assert(
      fc.asyncProperty(choices, async (chosen) => {
        const faults = chosen.flatMap((fault) => (fault === undefined ? [] : [fault]));
        fc.pre(faults.length > 0);
        const broken = faults.map(([rule]) => rule).sort((a, b) => placeOf(a) - placeOf(b));
        let made = parts;
        for (const [, change] of faults) made = { ...made, ...change(made) };
        const bytes = encodeParts(made);
        const expected = table[placeOf(broken[0]!)];
        await expect(codeOf(bytes)).resolves.toBe(expected);
        const ofDag = broken.find(isOfDag);
        expect(ruleBroken(bytes, network, () => ofDag)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });
});
