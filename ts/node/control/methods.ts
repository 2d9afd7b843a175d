/** The methods that a node answers on its control socket and over JSON-RPC. Each feature of a node adds its own. */
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
  /** The program of the caller, as it names itself. Undefined if it does not. */
  readonly agent?: string | undefined;
}

/** A parameter, in the order in which a caller may give the values without their names. */
export interface Parameter {
  readonly name: string;
  readonly isOptional: boolean;
}

interface Method {
  readonly parameters: readonly Parameter[];
  /** What the method does, for `help`. */
  readonly summary: string | undefined;
  readonly run: (params: unknown, call: MethodCall) => unknown;
}

/** What is wrong with the parameters of a call: one is missing, unknown, of another type, or has another wrong value. */
export type ParamsProblem = 'missing' | 'type' | 'unknown' | 'value';

/** `ERR_QANTO_INVALID_ARGUMENT`: the parameters of a call do not fit the method. */
export class InvalidParamsError extends InvalidArgumentError {
  readonly kind: ParamsProblem;

  constructor(
    kind: ParamsProblem,
    ...[name, value, problem]: ConstructorParameters<typeof InvalidArgumentError>
  ) {
    super(name, value, problem);
    this.kind = kind;
  }
}

export class ControlMethods {
  readonly #methods = new Map<string, Method>();

  /**
   * Adds a method. `params` is the schema of its parameters, in the order for callers that give no names. A method returns, or
   * resolves to, a value that has a JSON. `summary` says in `help` what it does.
   */
  add<Params extends z.ZodRawShape>(
    name: string,
    params: Params,
    run: (params: z.output<z.ZodObject<Params>>, call: MethodCall) => unknown,
    summary?: string,
  ): this {
    if (this.#methods.has(name)) throw new TypeError(`the method ${name} exists already`);
    const schema = z.strictObject(params);
    const parameters = Object.entries(params).map(([name, type]) => ({
      name,
      isOptional: (type as z.ZodType).safeParse(undefined).success,
    }));
    this.#methods.set(name, {
      parameters,
      summary,
      run(given, call) {
        const result = schema.safeParse(given);
        if (result.success) return run(result.data as z.output<z.ZodObject<Params>>, call);
        throw invalidParams(result.error, given);
      },
    });
    return this;
  }

  /** The parameters and the summary of a method. Undefined if it does not exist. */
  describe(name: string): Pick<Method, 'parameters' | 'summary'> | undefined {
    return this.#methods.get(name);
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
    const method = this.#methods.get(name);
    if (method === undefined) throw new UnknownMethodError(name, this.names);
    return await method.run(params, call);
  }
}

function invalidParams(error: z.ZodError, given: unknown): InvalidParamsError {
  // A name that does not exist is often a misspelt one, which is also missing.
  const issue = error.issues.find(({ code }) => code === 'unrecognized_keys') ?? error.issues[0]!;
  const [name] = issue.path;
  const value = name === undefined ? given : (given as Record<PropertyKey, unknown>)[name];
  const problem = `the parameters are invalid: ${problemOf(new z.ZodError([issue]))}`;
  return new InvalidParamsError(
    kindOf(issue, value),
    `params${name === undefined ? '' : `.${String(name)}`}`,
    value,
    problem,
  );
}

function kindOf({ code }: z.core.$ZodIssue, value: unknown): ParamsProblem {
  if (code === 'unrecognized_keys') return 'unknown';
  if (code === 'invalid_type' || code === 'invalid_union') return value === undefined ? 'missing' : 'type';
  return 'value';
}
