/** Directories in which documents are executed, and the processes that run in them. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ROOT } from '../package/install.ts';

const MODULES = join(ROOT, 'node_modules');

function temporary(): string {
  return mkdtempSync(join(tmpdir(), 'qanto-docs-'));
}

/** A project with qanto, and with the packages that are installed in qanto's own folder. */
function emptyProject(): string {
  const directory = temporary();
  const modules = join(directory, 'node_modules');
  writeFileSync(join(directory, 'package.json'), '{ "private": true, "type": "module" }\n');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  for (const name of readdirSync(MODULES)) {
    if (name.startsWith('@')) {
      // This is a folder and not a link, because npm could remove packages of the checkout through a link.
      mkdirSync(join(modules, name));
      for (const scoped of readdirSync(join(MODULES, name))) {
        symlinkSync(join(MODULES, name, scoped), join(modules, name, scoped));
      }
    } else if (!name.startsWith('.') && name !== 'qanto') {
      symlinkSync(join(MODULES, name), join(modules, name));
    }
  }
  symlinkSync(ROOT, join(modules, 'qanto'));
  const command = join(modules, '.bin', 'qanto');
  writeFileSync(
    command,
    `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, 'npm/qanto-node/bin/qanto.js')}" "$@"\n`,
  );
  chmodSync(command, 0o755);
  return directory;
}

/** A copy of this checkout, with its build output. */
function checkout(): string {
  const directory = temporary();
  const left = new Set(['node_modules', 'target', '.git', '.qanto', 'coverage']);
  cpSync(ROOT, directory, { recursive: true, filter: (path) => !left.has(basename(path)) });
  symlinkSync(MODULES, join(directory, 'node_modules'));
  return directory;
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly stdout: string;
}

/** A process, and all processes that it starts. */
class Started {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #what: string;
  #output = '';
  #onOutput = () => {};

  constructor(command: string, args: readonly string[], cwd: string, port: number) {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(QANTO|npm|NODE_OPTIONS)/.test(name));
    this.#what = [command, ...args].join(' ');
    this.#child = spawn(command, args, {
      cwd,
      env: { ...Object.fromEntries(inherited), QANTO_SERVER_PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
      // The process has its own group, so that npx and its children can be signalled as a terminal would do it.
      detached: true,
    });
    let stdout = '';
    const take = (chunk: Buffer) => {
      this.#output += chunk;
      this.#onOutput();
    };
    this.#child.stdout!.on('data', (chunk) => {
      stdout += chunk;
      take(chunk);
    });
    this.#child.stderr!.on('data', take);
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (code) => resolve({ code, output: this.#output, stdout }));
    });
  }

  /** Resolves when the output matches, and rejects if the process ends before that. */
  printed(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onOutput = () => pattern.test(this.#output) && resolve();
      this.#onOutput();
      this.ended.then(({ output }) => reject(new Error(`"${this.#what}" ended early: ${output}`)));
    });
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(-this.#child.pid!, signal);
  }
}

/** The workspace in which one document is executed. It owns its processes and directories. */
export class Workspace {
  readonly project = emptyProject();
  #checkout: string | undefined;
  #port: number | undefined;
  readonly #running: Started[] = [];

  get checkout(): string {
    this.#checkout ??= checkout();
    return this.#checkout;
  }

  /** Runs a shell command to its end. The default port may be in use on this machine, so running nodes use another port. */
  run(command: string, cwd: string): Promise<Ended> {
    const here =
      this.#port === undefined ? command : command.replaceAll('127.0.0.1:9771', `127.0.0.1:${this.#port}`);
    return new Started('sh', ['-c', here], cwd, 0).ended;
  }

  runProgram(args: readonly string[]): Promise<Ended> {
    return new Started(process.execPath, args, this.project, 0).ended;
  }

  /** Starts a process that runs until the end of the document, and waits until its output matches `until`. */
  async keep(command: string, args: readonly string[], until: RegExp): Promise<void> {
    this.#port = await freePort();
    const started = new Started(command, args, this.project, this.#port);
    this.#running.push(started);
    await started.printed(until);
  }

  /** Stops the processes that still run. Resolves to the results of all of them. */
  async stop(): Promise<Ended[]> {
    for (const started of this.#running) started.signal('SIGTERM');
    return Promise.all(this.#running.splice(0).map(({ ended }) => ended));
  }

  remove(): void {
    for (const directory of [this.project, this.#checkout]) {
      if (directory !== undefined && existsSync(directory)) rmSync(directory, { recursive: true });
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
