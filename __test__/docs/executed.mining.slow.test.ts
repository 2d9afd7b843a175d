/** Executes every command and every program in the documents. `executions.ts` lists what is not executed as it is written. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { execute, ROOT } from '../package/install.ts';
import { type Block, commandsIn, DOCUMENTS, fencedBlocks, inlineCommands } from './blocks.ts';
import { AROUND, COMMANDS, ENDLESS, STARTED_BY_NAME } from './executions.ts';
import { type Ended, Workspace } from './workspace.ts';

const used = new Set<string>();
const listed = new Set<string>();

describe.each(DOCUMENTS)('%s', (document) => {
  const workspace = new Workspace();
  let printed = '';
  let programs = 0;

  async function runCommand(command: string): Promise<void> {
    used.add(command);
    const { inCheckout, as = command, until, elsewhere, tooLong } = COMMANDS[command] ?? {};
    if (elsewhere) {
      const [file, text] = elsewhere;
      expect(readFileSync(join(ROOT, file), 'utf8')).toContain(text);
    } else if (tooLong) {
      await succeeded(workspace.runProgram(['--check', join(ROOT, tooLong)]));
    } else if (until) {
      await workspace.keep('sh', ['-c', `exec ${as}`], until);
    } else {
      printed = await succeeded(workspace.run(as, inCheckout ? workspace.checkout : workspace.project));
    }
  }

  async function runProgram({ text }: Block, number: number): Promise<void> {
    const id = `${document} ${number}`;
    used.add(id);
    const [, name = `program-${number}.mjs`] = /^\/\/ ([\w-]+\.mjs)\n/.exec(text) ?? [];
    writeFileSync(join(workspace.project, name), text);
    if (STARTED_BY_NAME.has(name)) return;
    writeFileSync(join(workspace.project, `around-${name}`), AROUND[id] ?? '');
    const args = ['--import', `./around-${name}`, name];
    const until = ENDLESS[id];
    if (until) {
      await workspace.keep(process.execPath, args, until);
    } else {
      await succeeded(workspace.runProgram(args));
    }
  }

  const runners: Readonly<Record<string, (block: Block) => void | Promise<void>>> = {
    sh: async (block) => {
      for (const command of commandsIn(block)) await runCommand(command);
    },
    js: (block) => runProgram(block, ++programs),
    // This is the output of the command before the block.
    text: ({ text }) => expect(printed).toBe(text),
    ini: ({ text }) => verifyUnit(text, workspace.project),
    // These blocks are bytes of the protocol, which another test checks.
    '': ({ text }) => {
      const test = readFileSync(join(ROOT, '__test__/dag/protocol/document.test.ts'), 'utf8');
      expect(test).toContain("protocol.replaceAll('\\n', '')");
      expect({ document, text }).toMatchObject({ document: 'docs/protocol.md' });
    },
  };

  const blocks = fencedBlocks(document);
  if (blocks.length > 0) {
    test.each(blocks.map((block) => [block.line, block.language, block] as const))(
      'line %i (%s) runs',
      (_line, language, block) => runners[language]!(block),
      60_000,
    );
  }

  // A command runs only once, even if several documents contain it or spell it differently.
  const commands = inlineCommands(document).filter((command) => {
    used.add(command);
    const run = COMMANDS[command]?.as ?? command;
    return listed.size < listed.add(run).size;
  });
  if (commands.length > 0) test.each(commands)('the command %s runs', runCommand, 60_000);

  afterAll(async () => {
    const ended = await workspace.stop();
    workspace.remove();
    expect(ended.filter(({ output }) => /Error/.test(output))).toEqual([]);
  });
});

test('Every command and program in executions.ts is in a document', () => {
  const said = [...Object.keys(COMMANDS), ...Object.keys(AROUND), ...Object.keys(ENDLESS)];
  expect(said.filter((name) => !used.has(name))).toEqual([]);
});

/** Resolves to the standard output of a process that succeeds. */
async function succeeded(process: Promise<Ended>): Promise<string> {
  const { code, output, stdout } = await process;
  if (code !== 0) throw new Error(`ended with ${code}: ${output}`);
  return stdout;
}

/** Verifies a unit with systemd if it is installed. Only the path of the Node.js executable is replaced. */
function verifyUnit(text: string, directory: string): void {
  const start = /^ExecStart=(\S+) (\S+)/m.exec(text)!;
  expect(start[2]).toMatch(/node_modules\/qanto-node\/bin\/qanto\.js$/);
  const unit = join(directory, 'qanto.service');
  writeFileSync(unit, text.replace(start[1]!, process.execPath));
  const { code: isAbsent } = execute('sh', ['-c', 'command -v systemd-analyze'], { cwd: directory });
  if (isAbsent !== 0) return;
  expect(execute('systemd-analyze', ['verify', unit], { cwd: directory })).toEqual({ code: 0, output: '' });
}
