/** The methods that a node answers on its control socket. Each feature of a node adds its own. */
import { InvalidArgumentError } from 'qanto';
import { z } from 'zod';
import { UnknownMethodError } from './errors.ts';
import { problemOf } from './messages.ts';

/** What a method knows about the call that it answers. */
export interface MethodCall {
  /** Aborts when the caller has gone, or the node stops. */
  readonly signal: AbortSignal;
  /** Reports progress to the caller: how much of `total` is done, in any unit. */
  progress(done: number, total: number): void;
}

type Run = (params: unknown, call: MethodCall) => unknown;

export class ControlMethods {
  readonly #methods = new Map<string, Run>();

  /** Adds a method. `params` is the schema of its parameters. A method returns, or resolves to, a value that has a JSON. */
  add<Params extends z.ZodRawShape>(
    name: string,
    params: Params,
    run: (params: z.output<z.ZodObject<Params>>, call: MethodCall) => unknown,
  ): this {
    if (this.#methods.has(name)) throw new TypeError(`the method ${name} exists already`);
    const schema = z.strictObject(params);
    this.#methods.set(name, (given, call) => {
      const result = schema.safeParse(given);
      if (result.success) return run(result.data as z.output<z.ZodObject<Params>>, call);
      const [name] = result.error.issues[0]!.path;
      const value = name === undefined ? given : (given as Record<PropertyKey, unknown>)[name];
      const problem = `the parameters are invalid: ${problemOf(result.error)}`;
      throw new InvalidArgumentError(`params${name === undefined ? '' : `.${String(name)}`}`, value, problem);
    });
    return this;
  }

  /** The names of all methods. */
  get names(): string[] {
    return [...this.#methods.keys()];
  }

  /**
   * Calls a method. Rejects with `ERR_QANTO_CONTROL_UNKNOWN_METHOD`, with `ERR_QANTO_INVALID_ARGUMENT` if the parameters do not
   * fit its schema, and with the errors of the method.
   */
  async call(name: string, params: unknown, call: MethodCall): Promise<unknown> {
    const run = this.#methods.get(name);
    if (run === undefined) throw new UnknownMethodError(name, this.names);
    return await run(params, call);
  }
}
