import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Loads what the benchmarks of the DAG use of the build in a checkout. */
export async function loadBuild(checkout) {
  const load = (module) => import(pathToFileURL(resolve(checkout, 'dist', module)).href);
  const [dag, engine, genesis, template, pow] = await Promise.all(
    ['dag/index.js', 'dag/engine/engine.js', 'dag/genesis.js', 'dag/template.js', 'pow/index.js'].map(load),
  );
  return { ...dag, ...engine, ...genesis, ...template, ...pow };
}
