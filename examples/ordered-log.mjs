// A tamper-evident log with one total order, kept by two services that cannot always reach each other. Each service puts its
// entries into its own copy of the DAG. When the services are connected again they exchange blocks, and both copies have the
// same order. Each service applies entries as they are ordered, and undoes those that a reorganisation moves.
//
//   node examples/ordered-log.mjs
import { MemoryStore, QantoDag } from 'qanto/dag';
import { mineBlocks } from 'qanto/testing';

/** The entries in the order of the DAG. Events keep them current, so the DAG is not read as a whole again. */
export class OrderedLog {
  #dag;
  /** The blocks in order, each with its hash and its entries. */
  #blocks = [];
  #reorganisations = 0;
  /** The latest change. Each change waits for the one before, because new changes arrive while blocks are being read. */
  #lastChange;

  constructor(dag) {
    this.#dag = dag;
    this.#lastChange = this.#apply({ removed: [], added: [...dag.order()] });
    dag.on('virtual-changed', (change) => {
      this.#lastChange = this.#lastChange.then(() => this.#apply(change));
      // After a failed change, no further change is applied. caughtUp() rejects with the reason.
      this.#lastChange.catch(() => {});
    });
  }

  /** Resolves when all changes so far are in the log. Rejects if a block could not be read. */
  caughtUp() {
    return this.#lastChange;
  }

  async #apply({ removed, added }) {
    // A real service undoes here what it did for these entries, starting with the latest.
    for (const hash of [...removed].reverse()) {
      if (this.#blocks.pop().hash !== hash) throw new Error('the log is not a replica of the DAG');
    }
    for (const hash of added) await this.#append(hash);
    if (removed.length > 0) this.#reorganisations += 1;
  }

  async #append(hash) {
    // The payload of the genesis block is the network's parameters, and not an entry.
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

/** One service, with its copy of the DAG and its log. `write` adds entries. */
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

/** Sends the blocks of one copy to the other. The order does not matter, and sending a block twice has no effect. */
async function send(blocks, from, to) {
  for (const hash of blocks) await to.dag.addBlock(await from.dag.getBlock(hash));
}

const blocksOf = ({ dag }) => [...dag.order()].slice(1);

export async function main() {
  const [north, south] = [await openSite('north'), await openSite('south')];
  await north.write(3);
  await send(blocksOf(north), north, south);

  // The connection is down. Both services continue alone, and each orders its own entries.
  await north.write(4);
  await south.write(6);
  await Promise.all([north.log.caughtUp(), south.log.caughtUp()]);
  const apart = [north.log.entries, south.log.entries];

  // The connection is up again. The heavier chain keeps its position, and the blocks of the other are merged into it. No block
  // is lost.
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
