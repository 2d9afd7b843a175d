const { mkdirSync, statSync } = process.getBuiltinModule('node:fs');
const path = process.getBuiltinModule('node:path');

/**
 * Makes a directory and what is missing above it; returns the topmost that it made, undefined when it was there. Node's
 * own recursive form does not end, and hears no signal, where a file system says ENOENT although the parent is there: on
 * /proc, under an automounter. Throws the error of the system.
 */
export function makeDirectory(directory: string): string | undefined {
  const wanted = path.resolve(directory);
  if (isDirectory(wanted)) return undefined;
  const topmost = makeDirectory(path.dirname(wanted));
  try {
    mkdirSync(wanted);
  } catch (error) {
    // Another process may have been quicker.
    if (!isDirectory(wanted)) throw error;
  }
  return topmost ?? wanted;
}

function isDirectory(name: string): boolean {
  return statSync(name, { throwIfNoEntry: false })?.isDirectory() === true;
}
