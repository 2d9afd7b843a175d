import type { KernelChoice } from 'qanto';

/** A choice in words, such as `avx512 (measurement, 1.24 times sha-ni)`. */
export function choiceText(choice: KernelChoice): string {
  const { kernel, reason } = choice;
  const lead = leadOf(choice);
  return lead === undefined
    ? `${kernel} (${reason})`
    : `${kernel} (${reason}, ${lead.times.toFixed(2)} times ${lead.runnerUp})`;
}

/** The fastest of the other kernels, and how many times as fast the chosen one is, if they were measured. */
function leadOf({ kernel, measured = {} }: KernelChoice): { times: number; runnerUp: string } | undefined {
  const own = measured[kernel];
  const others = Object.entries(measured).filter(([name]) => name !== kernel);
  const [best] = others.toSorted(([, one], [, other]) => other - one);
  return own === undefined || best === undefined ? undefined : { times: own / best[1], runnerUp: best[0] };
}
