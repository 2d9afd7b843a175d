import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Metrics } from '../../ts/telemetry/metrics/index.ts';
import { temporaryDirectory } from '../dag/store/support.ts';
import { openDag } from '../dag/support.ts';
import { dashboardQueries } from './files.ts';
import { describeWithPrograms, output } from './programs.ts';

describeWithPrograms('promtool', ['promtool'], () => {
  test('accepts the configuration and the rules', () => {
    expect(output('promtool', ['check', 'config', 'ops/prometheus/prometheus.yml'])).toContain('SUCCESS');
  });

  test.each(readdirSync('ops/prometheus/tests'))('finds that the rules pass the tests in %s', (file) => {
    const said = output('promtool', ['test', 'rules', `ops/prometheus/tests/${file}`]);
    expect(said).toContain('SUCCESS');
  });

  test('accepts every query of the dashboard', () => {
    const rules = dashboardQueries().map((query, index) => ({
      record: `dashboard:query:${index}`,
      expr: query.replaceAll('$__rate_interval', '1m'),
    }));
    const directory = temporaryDirectory();
    const file = join(directory.path, 'queries.yml');
    // JSON is YAML.
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    const said = output('promtool', ['check', 'rules', file]);
    directory.remove();
    expect(said).toContain(`${rules.length} rules found`);
  });

  test('accepts the names and the descriptions of the metrics', async () => {
    const dag = await openDag();
    const metrics = new Metrics({ dag });
    const { text } = await metrics.scrape();
    metrics.close();
    await dag.close();
    expect(output('promtool', ['check', 'metrics'], text)).toBe('');
  });
});
