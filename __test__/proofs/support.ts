/** A DAG with blocks on and off its selected chain, and changed copies of proofs. */
import { MemoryStore, type QantoDag, regtest } from '../../ts/dag/index.ts';
import { ADDRESS, mine, mineOn, openDag } from '../dag/support.ts';

export const NETWORK = { ...regtest, name: 'proofs', ghostdagK: 3 };

/** The payload with this index of a block that was mined as the one with this number. */
export const payloadOf = (block: number, index: number) => Buffer.from(`payload ${index} of block ${block}`);

/**
 * A DAG in which each round adds three blocks: a branch of two blocks beside the sink, and then a block that merges the
 * branch. Block i has i % 6 payloads.
 */
export async function branchedDag(rounds: number): Promise<QantoDag> {
  const dag = await openDag({ network: NETWORK, store: new MemoryStore() });
  let mined = 0;
  const payloads = () => {
    mined += 1;
    return Array.from({ length: mined % 6 }, (_, index) => payloadOf(mined, index));
  };
  for (let round = 0; round < rounds; round++) {
    const sink = dag.sink();
    await dag.addBlock(mine(dag.buildTemplate({ address: ADDRESS, payloads: payloads() })));
    await dag.addBlock(mine(dag.buildTemplate({ address: ADDRESS, payloads: payloads() })));
    const first = mineOn(dag, [sink], { payloads: payloads(), extraNonce: 1 });
    const { hash } = await dag.addBlock(first);
    await dag.addBlock(mineOn(dag, [hash], { payloads: payloads(), extraNonce: 1 }));
    await dag.addBlock(mine(dag.buildTemplate({ address: ADDRESS, payloads: payloads() })));
  }
  return dag;
}

/** The code of the error that a call throws, or its result. */
export function answerOf(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return (error as { code?: string }).code ?? error;
  }
}
