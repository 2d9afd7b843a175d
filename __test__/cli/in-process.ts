/** Runs a command in this process, which is faster than in a child process. */
import { jest } from '@jest/globals';
import { exitCodeOf } from '../../ts/cli/errors.ts';
import { program } from '../../ts/cli/program.ts';

export interface Outcome {
  readonly code: number | string | undefined;
  readonly stdout: string;
  readonly error?: unknown;
}

export async function runHere(...args: string[]): Promise<Outcome> {
  const codeBefore = process.exitCode;
  process.exitCode = 0;
  let stdout = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text;
    return true;
  });
  try {
    await program(new AbortController().signal).parseAsync(args, { from: 'user' });
    return { code: process.exitCode, stdout };
  } catch (error) {
    return { code: exitCodeOf(error), stdout, error };
  } finally {
    write.mockRestore();
    process.exitCode = codeBefore;
  }
}
