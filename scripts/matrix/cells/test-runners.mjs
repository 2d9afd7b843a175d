// Jest without a configuration and with Babel, and Vitest with each of its pools.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { excerpt, execute } from '../processes.mjs';
import { TOOLS, TOOLS_NODE } from '../versions.mjs';

const PACKAGES = { install: ['qanto', 'qanto-node'], companions: true };

async function passes(tests, folder, args, env) {
  const report = join(folder, 'report.json');
  rmSync(report, { force: true });
  const result = await execute('node', args(report), { cwd: folder, env });
  const { numPassedTests, numTotalTests, testResults } = readReport(report);
  if (result.code !== 0) {
    const messages = testResults.flatMap(({ message, assertionResults }) => [
      message,
      ...assertionResults.flatMap(({ failureMessages }) => failureMessages ?? []),
    ]);
    throw new Error(`exit code ${result.code}:\n${excerpt(result.output)}\n${excerpt(messages.join('\n'))}`);
  }
  if (numPassedTests !== tests || numTotalTests !== tests) {
    throw new Error(`${numPassedTests} of ${numTotalTests} tests passed; expected ${tests} of ${tests}`);
  }
}

function readReport(file) {
  if (!existsSync(file)) return { testResults: [] };
  return JSON.parse(readFileSync(file, 'utf8'));
}

const jest = (tool, file, tests, { node = TOOLS_NODE, source = 'jest' } = {}) => ({
  name: `${tool}/${file}${node === TOOLS_NODE ? '' : `-node-${node.split('.')[0]}`}`,
  tool: 'jest',
  version: `${TOOLS[tool].jest}, Node.js ${node}`,
  what: source === 'jest' ? `${file}, no configuration` : `${file}, babel-jest with preset-env`,
  async run(place) {
    const folder = await place.app(source === 'jest' ? tool : `${tool}-${source}`, {
      ...PACKAGES,
      tool,
      sources: [source],
      ...(source === 'jest-babel' && { renamed: { 'imports.test.mjs': 'imports.test.js' } }),
    });
    const args = (report) => [
      'node_modules/jest/bin/jest.js',
      ...['--ci', '--json', `--outputFile=${report}`, `${file}.test.js`],
    ];
    await passes(tests, folder, args, await place.env(node));
  },
});

const vitest = (pool) => ({
  name: `vitest/${pool}`,
  tool: 'vitest',
  version: `${TOOLS.vitest.vitest}, Node.js ${TOOLS_NODE}`,
  what: `pool ${pool}`,
  async run(place) {
    const folder = await place.app('vitest', { ...PACKAGES, tool: 'vitest', sources: ['vitest'] });
    const args = (report) => [
      'node_modules/vitest/vitest.mjs',
      ...['run', `--pool=${pool}`, '--reporter=json', `--outputFile=${report}`],
    ];
    await passes(6, folder, args, await place.env(TOOLS_NODE, { EXPECTED_POOL: pool }));
  },
});

export default [
  ...['20.20.2', '22.23.5', '24.22.3', '26.12.1'].flatMap((node) => [
    jest('jest', 'entries', 4, { node }),
    jest('jest', 'node', 1, { node }),
  ]),
  jest('jest', 'imports', 4, { source: 'jest-babel' }),
  jest('jest-29', 'entries', 4),
  jest('jest-29', 'node', 1),
  ...['forks', 'threads', 'vmThreads', 'vmForks'].map(vitest),
];
