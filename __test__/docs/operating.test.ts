import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { EXIT, EXIT_MEANINGS } from '../../ts/cli/exit-codes.ts';
import * as storeErrors from '../../ts/dag/store/errors.ts';

/** Jest runs in the project's root. */
const operating = readFileSync('docs/operating.md', 'utf8');

/** The names in the first column of the table under a heading. */
function firstColumn(heading: string): string[] {
  const [, section = ''] = operating.split(`\n## ${heading}\n`);
  const rows = section.split('\n## ')[0]!.matchAll(/^\| (`.*?`) \|/gm);
  return [...rows].flatMap(([, cell]) => [...cell!.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
}

describe('The document docs/operating.md', () => {
  test('lists every configuration key as the schema defines it', () => {
    // Run `npm run docs:config` after a change of the schema.
    execFileSync(process.execPath, ['scripts/config-reference.mjs', '--check'], { stdio: 'pipe' });
  });

  test('lists every exit code as the help does', () => {
    const names = Object.keys(EXIT) as (keyof typeof EXIT)[];
    const rows = names.map((name) => `| ${EXIT[name]} | ${EXIT_MEANINGS[name]} |\n`);
    expect(operating).toContain(rows.join(''));
  });

  test('explains what to do about exactly the alerts that exist', () => {
    const rules = readFileSync('ops/prometheus/rules/alerts.yml', 'utf8');
    const alerts = [...rules.matchAll(/alert: (\w+)/g)].map(([, name]) => name!);
    expect(alerts).toHaveLength(11);
    expect(firstColumn('Metrics and alerts')).toEqual(alerts);
  });

  test('explains what to do about every error of a store', () => {
    const codes = firstColumn('When it does not start, or stops');
    const errors = [
      new storeErrors.StoreLockedError('', undefined),
      new storeErrors.StoreWrongNetworkError('', '', ''),
      new storeErrors.StoreSchemaTooNewError('', 3, 2),
      new storeErrors.StoreSchemaTooOldError('', ''),
      new storeErrors.StoreDamagedError('', ''),
      new storeErrors.StoreFullError('', 0, 1),
      new storeErrors.StoreFailedError('', undefined),
      new storeErrors.StoreTargetExistsError(''),
      new storeErrors.CheckpointFailedError('', ''),
    ];
    expect(errors).toHaveLength(Object.keys(storeErrors).length);
    expect(codes).toEqual(expect.arrayContaining(errors.map(({ code }) => code)));
  });
});
