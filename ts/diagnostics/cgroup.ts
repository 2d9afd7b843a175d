import { existsSync, readFileSync } from 'node:fs';

/** The number of cores that the control group (version 2 or 1) of the process allows; undefined without a limit. */
export function cgroupCores(root = '/sys/fs/cgroup'): number | undefined {
  const [quota, period] = existsSync(`${root}/cpu.max`)
    ? read(`${root}/cpu.max`).split(' ')
    : [read(`${root}/cpu/cpu.cfs_quota_us`), read(`${root}/cpu/cpu.cfs_period_us`)];
  const cores = Number(quota) / Number(period);
  return cores > 0 && Number.isFinite(cores) ? cores : undefined;
}

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
}
