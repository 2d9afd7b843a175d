/** The blocks of `bench/hostile-flood.mjs`: honest ones, and kinds that cost their sender little. */

export const ADDRESS = 'ab'.repeat(32);
const EASIEST = 0x207fffff;
/** 1/32 of the honest work: enough to wait for parents. */
const CHEAP = 0x1f7fffff;
/** The number of blocks of each kind: more than the DAG remembers or keeps of them. */
const MANY = 5000;
/** The number of honest blocks that the DAG has when the flood begins. The flood may use them. */
export const FIRST = 20;

/** The names of the kinds whose blocks have 1 MB. A machine cannot receive 20 GB per second. */
export const LARGE = ['orphans of 1 MB with 1/32 of the work', 'blocks of 1 MB with other contents'];

/**
 * @param qanto the entry point `qanto`, of the build that makes the blocks
 * @param dag the entry point `qanto/dag`
 * @param context the module `dag/context`
 * @param honestCount the number of honest blocks
 */
export async function floodBlocks({ qanto, dag, context, honestCount }) {
  const { devnet, encodeBlock, encodeHeader, MemoryStore, QantoDag } = dag;
  const { blockHeader, solvePow, displayHash } = qanto;
  /** The difficulty is constant, so that all honest blocks need the same work. */
  const network = {
    ...devnet,
    name: 'flood',
    genesisBits: 0x1f03ffff,
    minDifficultyWindow: 2 * devnet.difficultyWindow,
    maxTimeAheadMs: 132_000,
  };

  /** The encoded block with these bits, and the proof of work for them. */
  async function solved(block, bits = block.header.bits) {
    const header = { ...block.header, bits, nonce: 0 };
    const { nonce } = await solvePow(blockHeader(encodeHeader(header)));
    return encodeBlock({ ...block, header: { ...header, nonce: Number(nonce) } });
  }

  /** A chain. */
  const honest = [];
  const source = await QantoDag.open({ network, store: new MemoryStore() });
  while (honest.length < honestCount) {
    const template = source.buildTemplate({ address: ADDRESS, extraNonce: honest.length });
    honest.push(await solved(template.withNonce(0)));
    await source.addBlock(honest.at(-1));
  }
  const later = source.buildTemplate({ address: ADDRESS });
  const large = source
    .buildTemplate({
      address: ADDRESS,
      payloads: Array.from({ length: 10 }, (_, n) => Buffer.alloc(99_000, n)),
    })
    .withNonce(0);
  await source.close();

  /** A template on the first honest blocks, as many as `count`. */
  async function templateOn(count, request) {
    const early = await QantoDag.open({ network, store: new MemoryStore() });
    for (const block of honest.slice(0, count)) await early.addBlock(block);
    const block = early.buildTemplate({ address: ADDRESS, ...request }).withNonce(0);
    await early.close();
    return block;
  }
  const known = [];
  for (let count = 1; count <= FIRST; count++) known.push(await templateOn(count));
  /** On known parents, with as many payloads as the network allows. */
  const full = await templateOn(FIRST, {
    payloads: Array.from({ length: network.maxPayloads }, (_, n) => Buffer.alloc(94, `payload ${n}`)),
  });

  async function many(count, make) {
    const blocks = [];
    for (let index = 0; index < count; index++) blocks.push(await make(index));
    return blocks;
  }

  /** Returns the block with another DAA score, so that its hash differs. Its parents may be replaced. */
  function variant(block, index, parents = block.context.parents) {
    const changed = { ...block.context, parents, daaScore: block.context.daaScore + index };
    const contextHash = context.hashContext(context.encodeContext(changed));
    return { ...block, context: changed, header: { ...block.header, contextHash } };
  }

  const unknown = (index) => [displayHash(Buffer.alloc(32, `unknown ${index % 700}`))];
  /** The bytes with one bit of the byte at this position, or of the last one, changed. */
  const altered = (bytes, at = bytes.length - 1) => {
    const copy = Buffer.from(bytes);
    copy[at] ^= 1;
    return copy;
  };

  /** Makes the blocks of each kind. */
  const makers = {
    'no work': () =>
      many(MANY, (index) => {
        const block = later.withNonce(index);
        return encodeBlock({ ...block, header: { ...block.header, bits: 0x1d00ffff } });
      }),
    'orphans with the least work': () =>
      many(MANY, (index) => solved(variant(later.withNonce(0), index, unknown(index)), EASIEST)),
    'orphans with 1/32 of the work': () =>
      many(MANY, (index) => solved(variant(later.withNonce(0), index, unknown(index)), CHEAP)),
    'known parents and the least work': () =>
      many(MANY, (index) => solved(variant(known.at(-1), index), EASIEST)),
    'known parents and 1/32 of the work': () =>
      many(MANY, (index) => solved(variant(known.at(-1), index), CHEAP)),
    'many known parents and the least work': () =>
      many(MANY, (index) => solved(variant(known[index % known.length], index), EASIEST)),
    'accepted blocks, again': () => honest.slice(0, FIRST),
    'honest headers with another context': () => honest.map((bytes) => altered(bytes, 100)),
    'honest blocks with other contents': () => honest.map((bytes) => altered(bytes)),
    'blocks of 1 MB with other contents': async () => [altered(await solved(full))],
    'orphans of 1 MB with 1/32 of the work': () =>
      many(32, (index) => solved(variant(large, index, unknown(index)), CHEAP)),
  };
  const made = {};
  return {
    network,
    honest,
    names: Object.keys(makers),
    /** The blocks of a kind, which are made once. */
    async of(name) {
      made[name] ??= await makers[name]();
      return made[name];
    },
  };
}
