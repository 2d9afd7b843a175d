// Checks that import and require return the same classes and functions.
const exercise = require('./exercise.cjs');
const required = {
  qanto: require('qanto'),
  dag: require('qanto/dag'),
  miner: require('qanto/miner'),
  proofs: require('qanto/proofs'),
  telemetry: require('qanto/telemetry'),
  testing: require('qanto/testing'),
};

async function main() {
  const imported = {
    qanto: await import('qanto'),
    dag: await import('qanto/dag'),
    miner: await import('qanto/miner'),
    proofs: await import('qanto/proofs'),
    telemetry: await import('qanto/telemetry'),
    testing: await import('qanto/testing'),
  };
  for (const [entry, module] of Object.entries(required)) {
    const names = Object.keys(module).filter((name) => name !== '__esModule');
    if (names.length < 2) throw new Error(`the entry point ${entry} exports only ${names}`);
    for (const name of names) {
      if (imported[entry][name] !== module[name])
        throw new Error(`import and require return a different ${name} of ${entry}`);
    }
    if (module.QantoError !== required.qanto.QantoError)
      throw new Error(`the entry point ${entry} exports another QantoError`);
  }
  await exercise(imported.qanto, required.dag);
  console.log('ok');
}

main();
