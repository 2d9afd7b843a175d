#!/usr/bin/env node
// Writes the public API to docs/api/<entry>.api.md, one file for each entry point of both packages, from the build output.
// Every change of the API shows as a change of these files. `--check` writes nothing and fails if they are out of date.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

const root = fileURLToPath(new URL('..', import.meta.url));
const check = process.argv.includes('--check');
const reportFolder = join(root, 'docs', 'api');
const reportTempFolder = join(root, 'target', 'api');
mkdirSync(reportFolder, { recursive: true });

/** Unstable entry points, which only qanto-node uses. */
const NOT_PUBLIC = ['./internal'];

const entries = [
  ...entriesOf('qanto', root, 'tsconfig.lib.json'),
  ...entriesOf('qanto-node', join(root, 'npm/qanto-node'), 'tsconfig.node.json'),
];
const silent = { default: { logLevel: ExtractorLogLevel.None } };
let failed = false;
for (const { name, types, tsconfig } of entries) {
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: types,
      compiler: { tsconfigFilePath: join(root, tsconfig) },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder,
        reportTempFolder,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: { extractorMessageReporting: silent, tsdocMessageReporting: silent },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
  });
  const result = Extractor.invoke(config, {
    localBuild: !check,
    messageCallback: (message) => {
      if (message.logLevel !== ExtractorLogLevel.Error) message.logLevel = ExtractorLogLevel.None;
    },
  });
  if (result.apiReportChanged) console.log(`${name}: ${check ? 'changed' : 'updated'}`);
  failed ||= check ? result.apiReportChanged : !result.succeeded;
}
if (failed && check) {
  console.error(
    'docs/api does not match the public API. Run "npm run api" to write it, and review the difference.',
  );
}
process.exit(failed ? 1 : 0);

function entriesOf(name, folder, tsconfig) {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return Object.entries(exports)
    .filter(([path, target]) => target.require !== undefined && !NOT_PUBLIC.includes(path))
    .map(([path, { require }]) => ({
      name: path === '.' ? name : `${name}-${path.slice(2)}`,
      types: join(folder, require.types),
      tsconfig,
    }));
}
