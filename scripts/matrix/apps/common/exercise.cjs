// Solves and verifies a template, and opens a DAG in memory, with the modules that a program of the matrix has loaded. Throws
// if a result is wrong.
const template = {
  algorithm: 'sha256d',
  preimage: new Uint8Array(28).fill(7),
  nonce: { offset: 20, encoding: 'u64le' },
  target: 2n ** 242n,
};
/** The first hit of the template. It is the same on every machine. */
const NONCE = 13_551n;

module.exports = async function exercise(qanto, dagModule) {
  const { QantoError, solvePow, verifyPow } = qanto;
  const { nonce } = await solvePow(template, { timeoutMs: 60_000 });
  must(nonce === NONCE, `solvePow found ${nonce} instead of ${NONCE}`);
  must(verifyPow(template, nonce) === true, 'verifyPow rejected a hit');
  must(verifyPow(template, nonce + 1n) === false, 'verifyPow accepted a nonce that is not a hit');
  const refusal = await solvePow({ ...template, algorithm: 'none' }).then(undefined, (error) => error);
  must(
    refusal instanceof QantoError && refusal.code === 'ERR_QANTO_INVALID_ARGUMENT',
    `solvePow did not reject an unknown algorithm with ERR_QANTO_INVALID_ARGUMENT: ${refusal}`,
  );

  const { MemoryStore, QantoDag } = dagModule;
  const dag = await QantoDag.open({ network: 'regtest', store: new MemoryStore() });
  must(dag.info().blockCount === 1, 'a new DAG does not consist of its genesis block');
  const { sink } = dag.info();
  await dag.close();
  const failure = await dag.getBlock(sink).then(undefined, (error) => error);
  must(
    failure instanceof QantoError && failure.code === 'ERR_QANTO_CLOSED',
    `a closed DAG did not reject with ERR_QANTO_CLOSED: ${failure}`,
  );
};

function must(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}
