/**
 * Emits a process warning if a second copy of qanto is loaded: `instanceof` does not work across copies, and
 * each copy has its own threads. It is not an error, because many programs work in spite of it.
 */
import { printable } from './printable.ts';
import { version } from './version.ts';

/** The key of the list of loaded copies, in the order of loading. All copies share the list. */
const COPIES = Symbol.for('qanto.copies');

/** `__dirname` is not defined in a bundle that is an ES module. */
const here = typeof __dirname === 'undefined' ? 'a bundle' : __dirname;

const globals = globalThis as { [COPIES]?: string[] };
globals[COPIES] ??= [];
const copies = globals[COPIES];
const self = `${here} (${version})`;
if (!copies.includes(self)) {
  copies.push(self);
  if (copies.length === 2) {
    process.emitWarning(
      `two copies of qanto are loaded in this process: ${printable(copies.join(' and '))}. Errors of one copy are not instances of ` +
        'the error classes of the other, and each copy has its own threads. "npm ls qanto" shows where they come from.',
      { code: 'QANTO_TWO_COPIES' },
    );
  }
}
