/** Reads a flamegraph that inferno has drawn. */

export interface Frame {
  readonly name: string;
  /** Index of the first sample that this frame covers. */
  readonly firstSample: number;
  readonly samples: number;
}

export interface Flamegraph {
  readonly samples: number;
  readonly frames: readonly Frame[];
}

/** The function that computes the hashes, in which mining should spend its time. */
const HASHING = /\bqanto_pow::kernel::.*\bfirst_candidate\b/;

/** Parses the SVG of a flamegraph. Throws if the SVG is not a flamegraph. */
export function readFlamegraph(svg: string): Flamegraph {
  const total = /<svg id="frames"[^>]* total_samples="(\d+)"/.exec(svg)?.[1];
  if (total === undefined) throw new Error('the SVG is not a flamegraph: it has no total_samples');
  const drawn = svg.matchAll(
    /<title>(?<name>[^<]*) \([\d,]+ samples, [\d.]+%\)<\/title><rect [^>]*fg:x="(?<x>\d+)" fg:w="(?<w>\d+)"/g,
  );
  const frames = Array.from(drawn, ({ groups }) => ({
    name: unescapeXml(groups!['name']!),
    firstSample: Number(groups!['x']),
    samples: Number(groups!['w']),
  }));
  return { samples: Number(total), frames };
}

/** Fraction of the samples, 0 to 1, that have a frame with a matching name anywhere in their stack. */
export function shareOf({ samples, frames }: Flamegraph, name: RegExp): number {
  let covered = 0;
  let end = 0;
  for (const frame of frames
    .filter((one) => name.test(one.name))
    .toSorted((a, b) => a.firstSample - b.firstSample)) {
    const frameEnd = frame.firstSample + frame.samples;
    covered += Math.max(0, frameEnd - Math.max(end, frame.firstSample));
    end = Math.max(end, frameEnd);
  }
  return covered / samples;
}

/** Fraction of the samples, 0 to 1, inside the hashing kernel. */
export function hashingShare(flamegraph: Flamegraph): number {
  return shareOf(flamegraph, HASHING);
}

/** The inverse of `escapeXml` for what inferno escapes. */
export function unescapeXml(text: string): string {
  const entities: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return text.replaceAll(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => entities[name]!);
}
