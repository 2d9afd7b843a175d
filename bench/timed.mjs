/** The CPU time and the wall time of a call, in µs. */
export function timed(call) {
  const cpu = process.cpuUsage();
  const wall = performance.now();
  call();
  const wallUs = (performance.now() - wall) * 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { cpuUs: user + system, wallUs };
}

/** {@link timed} for an asynchronous call. */
export async function timedAsync(call) {
  const cpu = process.cpuUsage();
  const wall = performance.now();
  await call();
  const wallUs = (performance.now() - wall) * 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { cpuUs: user + system, wallUs };
}
