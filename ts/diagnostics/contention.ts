import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Begins to watch; the returned function tells the part of all cores, 0 to 1, that did not go to us though it was used. */
export function watchContention(): () => number | undefined {
  const before = snapshot();
  const own = process.cpuUsage();
  return () => {
    const after = snapshot();
    const { user, system } = process.cpuUsage(own);
    const total = after.total - before.total;
    const used = after.used - before.used;
    // The kernel counts in ticks of 10 ms: over a short time that says nothing.
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

/** What a hypervisor gave to others while we wanted it; only Linux tells. */
function stealMs(): number {
  if (process.platform !== 'linux') return 0;
  const [, , , , , , , , steal = '0'] = readFileSync('/proc/stat', 'utf8').split(/\s+/, 9);
  return Number(steal) * 10;
}
