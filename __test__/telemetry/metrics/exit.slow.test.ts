import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';

test('A process whose metrics are not closed exits by itself', () => {
  const script = `
    import { Metrics } from 'qanto/telemetry';
    const metrics = new Metrics();
    console.log((await metrics.scrape()).text.includes('qanto_info'));
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(output).toBe('true\n');
});
