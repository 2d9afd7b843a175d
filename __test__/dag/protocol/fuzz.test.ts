import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  BlockRejectedError,
  decodeBlock,
  encodeBlock,
  type NetworkParams,
  type QantoDag,
  regtest,
} from '../../../ts/dag/index.ts';
import { fixedEnvironment, mineAndAdd, mineOn, mineSiblings, openDag, readBlocks } from '../support.ts';
import { assemble, type BlockParts, encodeContents, encodeParts, partsOf } from './block-parts.ts';
import { DagReader } from './dag-reader.ts';
import { type ReadHead, readBlock, readContents, ruleBroken } from './reader.ts';

const NOW_MS = regtest.genesisTimestampMs + 1_000_000;
const network: NetworkParams = {
  ...regtest,
  name: 'fuzzed',
  maxParents: 3,
  maxBlockBytes: 1500,
  maxPayloads: 4,
  maxPayloadBytes: 100,
};

let dag: QantoDag;
let reader: DagReader;
let hashes: string[];
let parts: BlockParts;

beforeAll(async () => {
  dag = await openDag({ network, environment: fixedEnvironment(NOW_MS) });
  await mineAndAdd(dag, 6);
  for (const sibling of mineSiblings(dag, 2)) await dag.addBlock(sibling);
  await mineAndAdd(dag, 2);
  for (const sibling of mineSiblings(dag, 2)) await dag.addBlock(sibling);
  hashes = [...dag.order()];
  const blocks = (await readBlocks(dag, hashes)).map((block) => readBlock(Buffer.from(encodeBlock(block))));
  const placesOf = (head: ReadHead) => head.parents.map((parent) => hashes.indexOf(parent));
  reader = new DagReader(network, blocks[0]!);
  for (const block of blocks.slice(1)) reader.add(block, placesOf(block));
  const payloads = ['first', 'second', 'third'].map((text) => Buffer.from(text));
  parts = partsOf(Buffer.from(encodeBlock(mineOn(dag, dag.tips(), { payloads }))));
});

afterAll(() => dag.close());

/** What the reader expects of a block: the code of a rule, `orphan`, or undefined if the block is valid. */
function expectedOf(bytes: Buffer): string | undefined {
  return ruleBroken(bytes, network, (head) => {
    if (head.timestampMs > NOW_MS + network.maxTimeAheadMs) return 'ERR_QANTO_TIMESTAMP_TOO_FAR_AHEAD';
    // Genesis, whose blue score is 0, is the pruning point.
    if (head.blueScore === 0) return 'ERR_QANTO_BELOW_PRUNING_POINT';
    const places = head.parents.map((parent) => hashes.indexOf(parent));
    return places.includes(-1) ? 'orphan' : reader.ruleBroken(head, places);
  });
}

/** The answer of the DAG. An error of another class than BlockRejectedError fails the test. */
async function answerOf(bytes: Buffer): Promise<string | undefined> {
  try {
    const { status } = await dag.addBlock(bytes);
    return status === 'orphan' ? status : undefined;
  } catch (error) {
    if (error instanceof BlockRejectedError) return error.code;
    throw error;
  }
}

/** Bytes with up to three changes: a byte replaced, bytes removed, inserted or repeated. */
const edits = fc.array(
  fc.record({
    kind: fc.constantFrom('replace', 'replace', 'remove', 'insert', 'repeat'),
    at: fc.nat(),
    byte: fc.oneof(fc.constantFrom(0, 1, 2, 4, 5, 32, 40, 127, 128, 255), fc.nat(255)),
    count: fc.oneof(fc.constantFrom(1, 4, 8, 32), fc.nat(120)),
  }),
  { minLength: 1, maxLength: 3 },
);

function edited(bytes: Buffer, changes: typeof edits extends fc.Arbitrary<infer T> ? T : never): Buffer {
  return changes.reduce((current, { kind, at, byte, count }) => {
    const start = at % (current.length + 1);
    const [before, after] = [current.subarray(0, start), current.subarray(start)];
    const middle = {
      replace: () => Buffer.of(byte, ...after.subarray(1)),
      remove: () => after.subarray(count),
      insert: () => Buffer.concat([Buffer.alloc(count, byte), after]),
      repeat: () => Buffer.concat([after.subarray(0, count), after]),
    }[kind as 'replace']();
    return Buffer.concat([before, middle]);
  }, bytes);
}

/**
 * The bytes with changes. Unchanged bytes are left out, because once the valid block has been accepted, each copy of it is a
 * duplicate.
 */
function editsOf(bytes: Buffer): fc.Arbitrary<Buffer> {
  return edits.map((changes) => edited(bytes, changes)).filter((changed) => !changed.equals(bytes));
}

const runs = { numRuns: 500 };

describe('A block with random changes', () => {
  /** Checks the answers, and returns how often each of them was given. */
  async function compared(blocks: fc.Arbitrary<Buffer>): Promise<Map<string | undefined, number>> {
    const counts = new Map<string | undefined, number>();
    await fc.assert(
      fc.asyncProperty(blocks, async (bytes) => {
        const answer = await answerOf(bytes);
        expect(answer).toBe(expectedOf(bytes));
        counts.set(answer, (counts.get(answer) ?? 0) + 1);
      }),
      runs,
    );
    return counts;
  }

  test('in any place is answered as the reader expects', async () => {
    const counts = await compared(editsOf(encodeParts(parts)));
    expect(counts.get('ERR_QANTO_POW_NOT_MET')).toBeGreaterThan(0);
    expect(counts.get('ERR_QANTO_MALFORMED')).toBeGreaterThan(0);
  });

  test('in a context that its header commits to is answered as the reader expects', async () => {
    const counts = await compared(
      editsOf(parts.context).map((context) => encodeParts({ ...parts, context })),
    );
    for (const code of ['ERR_QANTO_MALFORMED', 'ERR_QANTO_WRONG_BLUE_WORK', 'orphan'])
      expect(counts.get(code)).toBeGreaterThan(0);
  });

  test('in contents that its header commits to is answered as the reader expects', async () => {
    const counts = await compared(
      editsOf(encodeContents(parts.contents)).map((body) => {
        // If the changed contents can be decoded, the header commits to them, so that it breaks no rule itself.
        return assemble({ ...parts, contents: readContents(body) ?? parts.contents }, body);
      }),
    );
    for (const code of ['ERR_QANTO_MALFORMED', undefined]) expect(counts.get(code)).toBeGreaterThan(0);
  });

  test('in contents that its header does not commit to is never accepted', async () => {
    const counts = await compared(
      editsOf(encodeContents(parts.contents)).map((body) => assemble(parts, body)),
    );
    expect(counts.has(undefined)).toBe(false);
  });
});

test('The decoder throws only BlockRejectedErrors, and decodes only bytes that the encoder would write', () => {
  const valid = encodeParts(parts);
  fc.assert(
    fc.property(edits, (changes) => {
      const bytes = edited(valid, changes);
      try {
        expect(Buffer.from(encodeBlock(decodeBlock(bytes)))).toEqual(bytes);
      } catch (error) {
        if (!(error instanceof BlockRejectedError)) throw error;
      }
    }),
    runs,
  );
});
