// A tamper-evident log with one total order, kept by two services that cannot always reach each other. Each puts its
// entries into its own copy of the DAG; when they meet again they exchange blocks, and both come to the same order.
// The service applies entries as they are ordered, and takes back those that a reorganisation moved.
//
//   node examples/ordered-log.mjs
import { MemoryStore, QantoDag } from 'qanto/dag';
import { mineBlocks } from 'qanto/testing';

/** The entries in the order of the DAG, kept current by its events and never read as a whole. */
export class OrderedLog {
  #dag;
  /** Blocks in order: hash, and the entries each carries. */
  #blocks = [];
  #reorganisations = 0;
  /** The change that was told last. Each waits for the one before: blocks are read while further changes come. */
  #lastChange;

  constructor(dag) {
    this.#dag = dag;
    this.#lastChange = this.#apply({ removed: [], added: [...dag.order()] });
    dag.on('virtual-changed', (change) => {
      this.#lastChange = this.#lastChange.then(() => this.#apply(change));
      // After a change that failed none is applied any more; caughtUp() tells why.
      this.#lastChange.catch(() => {});
    });
  }

  /** Resolves when all that the DAG has told so far is in the log; rejects when a block could not be read. */
  caughtUp() {
    return this.#lastChange;
  }

  async #apply({ removed, added }) {
    // What the service did for these entries it must undo, the latest first.
    for (const hash of [...removed].reverse()) {
      if (this.#blocks.pop().hash !== hash) throw new Error('the log is not a replica of the DAG');
    }
    for (const hash of added) await this.#append(hash);
    if (removed.length > 0) this.#reorganisations += 1;
  }

  async #append(hash) {
    // Genesis carries the network's parameters, no entries.
    const payloads = hash === this.#dag.genesis ? [] : (await this.#dag.getBlock(hash)).payloads;
    this.#blocks.push({ hash, entries: payloads.map((payload) => new TextDecoder().decode(payload)) });
  }

  get entries() {
    return this.#blocks.flatMap(({ entries }) => entries);
  }

  get reorganisations() {
    return this.#reorganisations;
  }
}

/** One service: its copy of the DAG, and what it wrote to the log. */
async function openSite(name) {
  const dag = await QantoDag.open({ network: 'regtest', store: new MemoryStore() });
  const log = new OrderedLog(dag);
  await log.caughtUp();
  let written = 0;
  const write = (count) =>
    mineBlocks(dag, count, {
      address: Buffer.from(name.padEnd(32)).toString('hex'),
      payloads: () => [new TextEncoder().encode(`${name} ${++written}`)],
    });
  return { dag, log, write };
}

/** Gives the blocks of one copy to the other. In any order, and twice, it makes no difference. */
async function send(blocks, from, to) {
  for (const hash of blocks) await to.dag.addBlock(await from.dag.getBlock(hash));
}

const blocksOf = ({ dag }) => [...dag.order()].slice(1);

export async function main() {
  const [north, south] = [await openSite('north'), await openSite('south')];
  await north.write(3);
  await send(blocksOf(north), north, south);

  // The line is down: both go on alone, and each orders its own entries first.
  await north.write(4);
  await south.write(6);
  await Promise.all([north.log.caughtUp(), south.log.caughtUp()]);
  const apart = [north.log.entries, south.log.entries];

  // It is up again. The heavier chain keeps its place; the other's blocks are merged into it, none is lost.
  const [northern, southern] = [blocksOf(north), blocksOf(south)];
  await send(northern, north, south);
  await send(southern, south, north);
  await Promise.all([north.log.caughtUp(), south.log.caughtUp()]);
  const result = {
    apart,
    north: north.log.entries,
    south: south.log.entries,
    reorganisations: { north: north.log.reorganisations, south: south.log.reorganisations },
  };
  await Promise.all([north.dag.close(), south.dag.close()]);
  return result;
}

if (import.meta.filename === process.argv[1]) {
  console.log(JSON.stringify(await main(), null, 2));
}
