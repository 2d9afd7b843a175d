const { mkdirSync, statSync } = process.getBuiltinModule('node:fs');
const path = process.getBuiltinModule('node:path');

/**
 * Creates a directory and its missing parents. Returns the topmost directory that it created, or undefined if
 * the directory existed. Throws the error of the system. Node's recursive `mkdir` is not used because it loops
 * forever, and ignores signals, on a file system that reports ENOENT although the parent exists, such as /proc
 * or an automounter.
 */
export function makeDirectory(directory: string): string | undefined {
  const wanted = path.resolve(directory);
  if (isDirectory(wanted)) return undefined;
  const topmost = makeDirectory(path.dirname(wanted));
  try {
    mkdirSync(wanted);
  } catch (error) {
    // Another process may have created it in the meantime.
    if (!isDirectory(wanted)) throw error;
  }
  return topmost ?? wanted;
}

function isDirectory(name: string): boolean {
  return statSync(name, { throwIfNoEntry: false })?.isDirectory() === true;
}
