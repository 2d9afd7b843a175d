/** Folded stacks: one line `frame;frame;frame count` for each stack, with the outermost frame first. */
import type { Profiler } from 'node:inspector';

/** Removes absolute paths: files of the checkout are named from its root, and other files from `node_modules`. */
export function withoutMachinePaths(folded: string, checkout: string | undefined): string {
  const own = checkout === undefined ? folded : withoutRoot(folded, checkout);
  return own.replaceAll(/\/[^ ;]*\/(?=node_modules\/)/g, '');
}

function withoutRoot(folded: string, root: string): string {
  return folded.replaceAll(`file://${root}/`, '').replaceAll(`${root}/`, '');
}

/** Converts a CPU profile of V8 to folded stacks, without the time in which JavaScript was idle. */
export function foldProfile({ nodes, samples = [] }: Profiler.Profile): string {
  const parents = new Map<number, number>();
  for (const { id, children = [] } of nodes) for (const child of children) parents.set(child, id);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const counts = new Map<string, number>();
  for (const sample of samples) {
    const frames: string[] = [];
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) {
      frames.unshift(frameName(byId.get(id)!));
    }
    if (frames.at(-1) === '(idle)') continue;
    const stack = frames.join(';');
    counts.set(stack, (counts.get(stack) ?? 0) + 1);
  }
  return [...counts].map(([stack, count]) => `${stack} ${count}\n`).join('');
}

function frameName({ callFrame: { functionName, url, lineNumber } }: Profiler.ProfileNode): string {
  const name = functionName || '(anonymous)';
  return (url ? `JS:${name} ${url}:${lineNumber + 1}` : name).replaceAll(';', ':');
}
