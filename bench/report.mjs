import { machine } from '../npm/qanto-node/dist/diagnostics/machine.js';

/** Prints rows of `{ measure, value, goal? }` as a table, or everything as JSON with `--json`. */
export function report(name, rows) {
  if (process.argv.includes('--json')) {
    console.log(JSON.stringify({ name, machine: machine(), rows }, null, 2));
    return;
  }
  const { cpu, cores, node } = machine();
  console.log(`${name} on ${cpu}, ${cores} cores, Node ${node}`);
  const width = Math.max(...rows.map(({ measure }) => measure.length));
  for (const { measure, value, goal } of rows) {
    console.log(`  ${measure.padEnd(width)}  ${value}${goal ? `   (goal: ${goal})` : ''}`);
  }
}
