// The programs, and node:test, on every Node.js release that is maintained.
import { prints, succeed } from '../processes.mjs';
import { NODES } from '../versions.mjs';

export const PROGRAMS = ['import.mjs', 'require.cjs', 'one-instance.cjs'];
/** Programs that need qanto-node, winston or prom-client, or more features of Node.js than a search does. */
export const FURTHER_PROGRAMS = ['node-import.mjs', 'node-require.cjs', 'telemetry.mjs', 'wide.mjs'];

/** An app with both packages and every program. */
export const plain = (place) =>
  place.app('plain', {
    install: ['qanto', 'qanto-node'],
    sources: ['programs', 'node-test'],
    companions: true,
  });

export default NODES.flatMap((version) => [
  ...[...PROGRAMS, ...FURTHER_PROGRAMS].map((program) => ({
    name: `node-${major(version)}/${program}`,
    tool: 'Node.js',
    version,
    what: program,
    async run(place) {
      const options = { cwd: await plain(place), env: await place.env(version) };
      await prints('ok', 'node', [program], options);
    },
  })),
  {
    name: `node-${major(version)}/test`,
    tool: 'node:test',
    version,
    what: 'node --test',
    async run(place) {
      const options = { cwd: await plain(place), env: await place.env(version) };
      const { stdout } = await succeed(
        'node',
        ['--test', '--test-reporter=tap', 'entries.test.mjs'],
        options,
      );
      if (!/^# pass 3$/m.test(stdout)) throw new Error(`not exactly three tests passed:\n${stdout}`);
    },
  },
]);

function major(version) {
  return version.split('.')[0];
}
