import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';

test('metrics that nobody closes hold no process', () => {
  const script = `
    import { Metrics } from 'qanto/telemetry';
    const metrics = new Metrics();
    console.log((await metrics.scrape()).text.includes('qanto_info'));
  `;
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(said).toBe('true\n');
});
