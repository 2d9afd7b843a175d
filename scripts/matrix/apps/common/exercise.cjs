// What every program of the matrix does with what it has loaded. Throws unless all of it is right.
const template = {
  algorithm: 'sha256d',
  preimage: new Uint8Array(28).fill(7),
  nonce: { offset: 20, encoding: 'u64le' },
  target: 2n ** 242n,
};
/** The first hit, on every machine. */
const NONCE = 13_551n;

module.exports = async function exercise(qanto, dagModule) {
  const { QantoError, solvePow, verifyPow } = qanto;
  const { nonce } = await solvePow(template, { timeoutMs: 60_000 });
  must(nonce === NONCE, `solvePow answered ${nonce}`);
  must(verifyPow(template, nonce) === true, 'verifyPow refused a hit');
  must(verifyPow(template, nonce + 1n) === false, 'verifyPow took what is no hit');
  const refusal = await solvePow({ ...template, algorithm: 'none' }).then(undefined, (error) => error);
  must(
    refusal instanceof QantoError && refusal.code === 'ERR_QANTO_INVALID_ARGUMENT',
    `solvePow refused with ${refusal}`,
  );

  const { MemoryStore, QantoDag } = dagModule;
  const dag = await QantoDag.open({ network: 'regtest', store: new MemoryStore() });
  must(dag.info().blockCount === 1, 'a new DAG has more than its genesis');
  const { sink } = dag.info();
  await dag.close();
  const failure = await dag.getBlock(sink).then(undefined, (error) => error);
  must(
    failure instanceof QantoError && failure.code === 'ERR_QANTO_CLOSED',
    `a closed DAG answered ${failure}`,
  );
};

function must(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}
