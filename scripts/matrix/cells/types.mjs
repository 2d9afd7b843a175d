// TypeScript in ES module and CommonJS projects, without the optional packages, on which qanto's types must not depend; and
// the programs that check the types and the manifests in the tarballs.
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { prints, succeed } from '../processes.mjs';
import { TOOLS } from '../versions.mjs';
import { writeJson } from '../workspace.mjs';

const COMPILERS = ['typescript-5', 'typescript-6', 'typescript-7'];
const RESOLUTIONS = [
  ['node16', 'node16'],
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
];
const ABSENT = ['winston', 'prom-client', '@opentelemetry/api'];
const SUBJECTS = {
  qanto: { source: 'types', install: ['qanto'], absent: ABSENT },
  'qanto-node': { source: 'types-node', install: ['qanto', 'qanto-node'], absent: [] },
};

const compile = (tool, subject, type, module, moduleResolution) => ({
  name: `${tool}/${subject}/${moduleResolution}-${type}`,
  tool: 'TypeScript',
  version: `${TOOLS[tool].typescript}, @types/node ${TOOLS[tool]['@types/node']}`,
  what: `${subject} with moduleResolution ${moduleResolution} in a project of type ${type}`,
  async run(place) {
    const { source, install, absent } = SUBJECTS[subject];
    const base = await place.app(`${tool}-${subject}`, { tool, install, sources: [source] });
    for (const name of absent) {
      if (existsSync(join(base, 'node_modules', name))) throw new Error(`${name} is installed`);
    }
    const project = join(base, `${moduleResolution}-${type}`);
    cpSync(join(base, 'program.ts'), join(project, 'program.ts'));
    writeJson(join(project, 'package.json'), { type });
    writeJson(join(project, 'tsconfig.json'), {
      compilerOptions: {
        ...{ module, moduleResolution, target: 'es2022', types: ['node'] },
        ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
        ...{ skipLibCheck: false, rootDir: '.', outDir: 'out' },
      },
    });
    const env = await place.env();
    const tsc = join(base, 'node_modules', 'typescript', 'bin', 'tsc');
    await succeed('node', [tsc, '-p', project], { cwd: base, env });
    // With `bundler`, the output has the syntax of ES modules, which Node.js does not run in a CommonJS project.
    if (moduleResolution === 'bundler' && type === 'commonjs') return;
    await prints('ok', 'node', [join(project, 'out', 'program.js')], { cwd: base, env });
  },
});

const checker = (tool, name, version, args) =>
  ['qanto', 'qanto-node'].map((subject) => ({
    name: `${tool}/${subject}`,
    tool: name,
    version,
    what: [...args, subject].join(' '),
    async run(place) {
      const folder = await place.tool(tool);
      const main = join(folder, 'node_modules', ...MAIN[tool]);
      const env = await place.env();
      const { output } = await succeed('node', [main, ...args, place.tarball(subject)], { cwd: folder, env });
      if (!SEEN[tool].test(output)) throw new Error(output);
    },
  }));

const MAIN = {
  attw: ['@arethetypeswrong', 'cli', 'dist', 'index.js'],
  publint: ['publint', 'src', 'cli.js'],
};
/** The output which shows that the tool has checked the package and found no problem. */
const SEEN = { attw: /"qanto(-node)?"/, publint: /All good!/ };

export default [
  ...COMPILERS.flatMap((tool) =>
    Object.keys(SUBJECTS).flatMap((subject) =>
      RESOLUTIONS.flatMap(([module, resolution]) =>
        ['module', 'commonjs'].map((type) => compile(tool, subject, type, module, resolution)),
      ),
    ),
  ),
  ...checker('attw', '@arethetypeswrong/cli', TOOLS.attw['@arethetypeswrong/cli'], ['--profile', 'node16']),
  ...checker('publint', 'publint', TOOLS.publint.publint, ['--strict']),
];
