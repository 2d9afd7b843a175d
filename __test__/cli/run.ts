/** Runs the built command in a child process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** Path of the built command. */
export const MAIN = path.resolve(__dirname, '../../npm/qanto-node/bin/qanto.js');

export interface RunOptions {
  readonly cwd: string;
  readonly variables?: NodeJS.ProcessEnv;
  /** Default: stdin is closed. */
  readonly stdin?: 'pipe';
}

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The variables of this process without those that configure qanto or change its output. */
export function inheritedVariables(): NodeJS.ProcessEnv {
  const ofOutput = ['NO_COLOR', 'FORCE_COLOR', 'CI', 'COLUMNS', 'LC_ALL', 'LC_CTYPE', 'LANG'];
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('QANTO_') && !ofOutput.includes(name)),
  );
}

/** A running command. */
export class Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  #stdout = '';
  #stderr = '';
  #onOutput = () => {};

  constructor(args: readonly string[], { cwd, variables = {}, stdin }: RunOptions) {
    if (!existsSync(MAIN)) throw new Error(`${MAIN} is not built; run "npm run build:ts"`);
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

  /** Resolves when stdout has this number of complete lines. Rejects if the process ends before. */
  lines(count: number): Promise<string[]> {
    return this.#waitFor(() => {
      const lines = this.#stdout.split('\n').slice(0, -1);
      return lines.length >= count ? lines : undefined;
    });
  }

  /** Resolves when stderr matches the pattern. Rejects if the process ends before. */
  errorOutput(pattern: RegExp): Promise<string> {
    return this.errorOutputThat((stderr) => pattern.test(stderr));
  }

  /** Resolves when stderr fulfils the condition. Rejects if the process ends before. */
  errorOutputThat(holds: (stderr: string) => boolean): Promise<string> {
    return this.#waitFor(() => (holds(this.#stderr) ? this.#stderr : undefined));
  }

  #waitFor<Result>(seen: () => Result | undefined): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#onOutput = () => {
        const result = seen();
        if (result !== undefined) resolve(result);
      };
      this.#onOutput();
      this.finished.then(({ code, stderr }) =>
        reject(new Error(`the command ended early with exit code ${code}: ${stderr}`)),
      );
    });
  }
}

/** Runs a command until it ends. */
export function run(args: readonly string[], options: RunOptions): Promise<Finished> {
  return new Running(args, options).finished;
}
