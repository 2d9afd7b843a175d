/** The proofs that are changed: on and off the chain, of the sink and of genesis, with payloads and without. */
import { encodeProof } from '../../ts/proofs/index.ts';
import type { EncodedProof } from './fuzz-properties.ts';
import { branchedDag } from './support.ts';

export async function proofsToChange(rounds: number): Promise<EncodedProof[]> {
  const dag = await branchedDag(rounds);
  const sink = dag.sink();
  const proofs: EncodedProof[] = [];
  const add = async (hash: string, index?: number) => {
    proofs.push({ bytes: Buffer.from(encodeProof(await dag.proveInclusion(hash, index, sink))), sink });
  };
  for (const hash of dag.orderSlice(0, dag.position(sink) + 1)) {
    await add(hash);
    const { payloads } = (await dag.getBlock(hash))!;
    for (const index of payloads.keys()) await add(hash, index);
  }
  await dag.close();
  return proofs;
}
