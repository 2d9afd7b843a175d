/** Runs the built command in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** The built command. */
export const MAIN = path.resolve(__dirname, '../../npm/qanto-node/bin/qanto.js');

export interface RunOptions {
  readonly cwd: string;
  readonly variables?: NodeJS.ProcessEnv;
  /** Default: there is nothing to read. */
  readonly stdin?: 'pipe';
}

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Of this process, without those that configure qanto or change what it looks like. */
export function inheritedVariables(): NodeJS.ProcessEnv {
  const ofOutput = ['NO_COLOR', 'FORCE_COLOR', 'CI', 'COLUMNS'];
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('QANTO_') && !ofOutput.includes(name)),
  );
}

/** A command that runs. */
export class Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  #stdout = '';
  #stderr = '';
  #onOutput = () => {};

  constructor(args: readonly string[], { cwd, variables = {}, stdin }: RunOptions) {
    if (!existsSync(MAIN)) throw new Error(`${MAIN} is not built: npm run build:ts`);
    this.child = spawn(process.execPath, [MAIN, ...args], {
      cwd,
      env: { ...inheritedVariables(), ...variables },
      stdio: [stdin ?? 'ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk) => {
      this.#stdout += chunk;
      this.#onOutput();
    });
    this.child.stderr?.on('data', (chunk) => {
      this.#stderr += chunk;
      this.#onOutput();
    });
    this.finished = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  /** Resolves once stdout holds so many whole lines; rejects when the process ends before. */
  lines(count: number): Promise<string[]> {
    return this.#waitFor(() => {
      const lines = this.#stdout.split('\n').slice(0, -1);
      return lines.length >= count ? lines : undefined;
    });
  }

  /** Resolves once stderr matches; rejects when the process ends before. */
  errorOutput(pattern: RegExp): Promise<string> {
    return this.#waitFor(() => (pattern.test(this.#stderr) ? this.#stderr : undefined));
  }

  #waitFor<Result>(seen: () => Result | undefined): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#onOutput = () => {
        const result = seen();
        if (result !== undefined) resolve(result);
      };
      this.#onOutput();
      this.finished.then(({ code, stderr }) => reject(new Error(`ended early with ${code}: ${stderr}`)));
    });
  }
}

/** Runs a command to its end. */
export function run(args: readonly string[], options: RunOptions): Promise<Finished> {
  return new Running(args, options).finished;
}
