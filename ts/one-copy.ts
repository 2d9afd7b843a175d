/**
 * Tells of a second copy of qanto in this process, once: `instanceof` does not hold across copies, and each has threads
 * of its own. It is no error, since programs may run for long without noticing.
 */
import { version } from './version.ts';

/** The copies that were loaded, the first one first; all copies find them under this key. */
const COPIES = Symbol.for('qanto.copies');

/** In a bundle that is an ES module there is no such name. */
const here = typeof __dirname === 'undefined' ? 'a bundle' : __dirname;

const globals = globalThis as { [COPIES]?: string[] };
globals[COPIES] ??= [];
const copies = globals[COPIES];
const self = `${here} (${version})`;
if (!copies.includes(self)) {
  copies.push(self);
  if (copies.length === 2) {
    process.emitWarning(
      `two copies of qanto are loaded in this process: ${copies.join(' and ')}. Errors of one are no instances of the ` +
        'classes of the other, and each hashes on threads of its own. "npm ls qanto" shows where they come from.',
      { code: 'QANTO_TWO_COPIES' },
    );
  }
}
