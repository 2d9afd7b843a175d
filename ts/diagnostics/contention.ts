import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Starts to measure. The returned function returns the fraction of all cores, 0 to 1, that other processes have used since. */
export function watchContention(): () => number | undefined {
  const before = snapshot();
  const own = process.cpuUsage();
  return () => {
    const after = snapshot();
    const { user, system } = process.cpuUsage(own);
    const total = after.total - before.total;
    const used = after.used - before.used;
    // The kernel counts in ticks of 10 ms, so that a short time is too inaccurate.
    if (total < 500) return undefined;
    return Math.min(1, Math.max(0, (used - (user + system) / 1000) / total));
  };
}

/** CPU time of all cores since boot, in ms. */
function snapshot(): { used: number; total: number } {
  let used = stealMs();
  let total = used;
  for (const { times } of cpus()) {
    const busy = times.user + times.nice + times.sys + times.irq;
    used += busy;
    total += busy + times.idle;
  }
  return { used, total };
}

/** CPU time that a hypervisor gave to other machines, in ms. Only Linux reports it. */
function stealMs(): number {
  if (process.platform !== 'linux') return 0;
  const [, , , , , , , , steal = '0'] = readFileSync('/proc/stat', 'utf8').split(/\s+/, 9);
  return Number(steal) * 10;
}
