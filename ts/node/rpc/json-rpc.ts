/**
 * Requests and answers of JSON-RPC, with the habits of Bitcoin Core 30: a request without `"jsonrpc": "2.0"` is one of version 1,
 * whose errors are HTTP errors too; errors of version 2 are answered with 200, and notifications with 204; a batch is answered
 * with 200 whatever is in it.
 */
import { nearest } from 'qanto/internal';
import { UnknownMethodError } from '../control/errors.ts';
import { bigintAsText, errorData } from '../control/messages.ts';
import type { ControlMethods, MethodCall, Parameter } from '../control/methods.ts';
import { CORE_CODES, coreCodeOf, RpcMethodError } from './codes.ts';

/** The maximum number of requests in a batch. */
export const MAX_BATCH = 1000;
/** The maximum length of an answer in characters. The results of a batch count together. */
const MAX_ANSWER_LENGTH = 16 * 2 ** 20;

export interface HttpAnswer {
  readonly status: number;
  /** The JSON. Undefined if there is no content. */
  readonly body: string | undefined;
}

/** What answers requests. */
export interface Answering {
  /** Undefined while the node is being opened. */
  readonly methods: ControlMethods | undefined;
  readonly call: MethodCall;
  /** Called with each answered request. `error` is undefined if it has a result. */
  readonly onAnswer: (method: string, error: unknown) => void;
}

interface Request {
  readonly isVersion2: boolean;
  /** Undefined if the request has no id, which in version 2 makes it a notification. */
  readonly id: unknown;
  readonly method: string;
  readonly params: object;
}

/** What an answer needs of a request, which may be no valid request. */
type Head = Pick<Request, 'isVersion2' | 'id'>;

const NO_HEAD: Head = { isVersion2: false, id: null };

/** Answers the body of an HTTP request. It does not reject. */
export async function answerBody(body: Uint8Array | undefined, answering: Answering): Promise<HttpAnswer> {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(body ?? new Uint8Array()));
  } catch {
    return failure(NO_HEAD, new RpcMethodError(CORE_CODES.parse, 'Parse error'));
  }
  if (Array.isArray(value)) return answerBatch(value, answering);
  if (typeof value !== 'object' || value === null) {
    return failure(NO_HEAD, new RpcMethodError(CORE_CODES.parse, 'Top-level object parse error'));
  }
  return answerSingle(value, answering);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

async function answerSingle(value: object, answering: Answering): Promise<HttpAnswer> {
  const head = headOf(value);
  let request: Request;
  try {
    request = requestOf(value, head);
  } catch (error) {
    return failure(head, error);
  }
  const { text, error } = await execute(request, answering, MAX_ANSWER_LENGTH);
  if (isNotification(request)) return { status: 204, body: undefined };
  const status = error === undefined || request.isVersion2 ? 200 : httpStatusOf(error);
  return { status, body: `${text}\n` };
}

/** The requests of a batch are answered one after the other, as Bitcoin Core does. */
async function answerBatch(values: readonly unknown[], answering: Answering): Promise<HttpAnswer> {
  if (values.length > MAX_BATCH) {
    const problem = `a batch has at most ${MAX_BATCH} requests; this one has ${values.length}`;
    return failure(NO_HEAD, new RpcMethodError(CORE_CODES.invalidRequest, problem));
  }
  const answers: string[] = [];
  let room = MAX_ANSWER_LENGTH;
  for (const value of values) {
    const head = headOf(value);
    let text: string;
    try {
      const request = requestOf(value, head);
      ({ text } = await execute(request, answering, room));
      if (isNotification(request)) continue;
    } catch (error) {
      text = errorText(head, error);
    }
    room = Math.max(0, room - text.length);
    answers.push(text);
  }
  // An empty batch has no version, so it is answered as in version 1.
  if (answers.length === 0 && values.length > 0) return { status: 204, body: undefined };
  return { status: 200, body: `[${answers.join(',')}]\n` };
}

/** Calls the method, and returns the answer. `room` is the maximum length of the result. */
async function execute(
  request: Request,
  { methods, call, onAnswer }: Answering,
  room: number,
): Promise<{ text: string; error?: unknown }> {
  try {
    if (methods === undefined) throw new RpcMethodError(CORE_CODES.inWarmup, 'the node is being opened');
    const result = await methods.call(request.method, namedParams(request, methods), call);
    const json = JSON.stringify(result ?? null, bigintAsText);
    if (json.length > room) {
      const problem = 'the answer is too long; ask for less, for example with a smaller count';
      throw new RpcMethodError(CORE_CODES.misc, problem);
    }
    onAnswer(request.method, undefined);
    return { text: resultText(request, json) };
  } catch (error) {
    const answered = error instanceof UnknownMethodError ? notFound(request.method, methods!) : error;
    onAnswer(request.method, answered);
    return { text: errorText(request, answered), error: answered };
  }
}

function notFound(method: string, methods: ControlMethods): RpcMethodError {
  const meant = nearest(method.slice(0, 64), methods.names);
  const hint = meant === undefined ? 'the method "help" lists all methods' : `did you mean ${meant}?`;
  return new RpcMethodError(CORE_CODES.methodNotFound, `Method not found; ${hint}`);
}

/** The parameters by their names. In a list, null stands for the default. */
function namedParams({ method, params }: Request, methods: ControlMethods): object {
  const { parameters } = methods.describe(method) ?? {};
  if (parameters === undefined || !Array.isArray(params)) return params;
  if (params.length > parameters.length) {
    throw new RpcMethodError(
      CORE_CODES.misc,
      `too many parameters; the call is: ${usage(method, parameters)}`,
    );
  }
  const given = params.map((value: unknown, index) => [parameters[index]!, value] as const);
  const isSet = ([{ isOptional }, value]: (typeof given)[number]) => value !== null || !isOptional;
  return Object.fromEntries(given.filter(isSet).map(([{ name }, value]) => [name, value]));
}

/** How a method is called, such as `getblock blockhash ( verbosity )`. */
export function usage(method: string, parameters: readonly Parameter[]): string {
  const names = (isOptional: boolean) =>
    parameters.filter((parameter) => parameter.isOptional === isOptional).map(({ name }) => name);
  const optional = names(true);
  return [method, ...names(false), ...(optional.length > 0 ? ['(', ...optional, ')'] : [])].join(' ');
}

function headOf(value: unknown): Head {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return NO_HEAD;
  const { id, jsonrpc } = value as Record<string, unknown>;
  return { id: hasJson(id) ? id : null, isVersion2: jsonrpc === '2.0' };
}

/** An id may be any value. One that is nested too deeply can be read, but not written. */
function hasJson(id: unknown): boolean {
  try {
    JSON.stringify(id);
    return true;
  } catch {
    return false;
  }
}

/** Throws an error with the code -32600 if the value is no request. */
function requestOf(value: unknown, head: Head): Request {
  const invalid = (problem: string) => new RpcMethodError(CORE_CODES.invalidRequest, problem);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('Invalid Request object');
  }
  const { jsonrpc = null, method = null, params = null } = value as Record<string, unknown>;
  if (jsonrpc !== null && typeof jsonrpc !== 'string') throw invalid('jsonrpc field must be a string');
  if (jsonrpc !== null && jsonrpc !== '1.0' && jsonrpc !== '2.0') {
    throw invalid('JSON-RPC version not supported');
  }
  if (method === null) throw invalid('Missing method');
  if (typeof method !== 'string') throw invalid('Method must be a string');
  if (params !== null && typeof params !== 'object') throw invalid('Params must be an array or object');
  return { ...head, method, params: params ?? [] };
}

function isNotification({ isVersion2, id }: Head): boolean {
  return isVersion2 && id === undefined;
}

/** An error that is no answer to a valid request. It is an HTTP error in both versions. */
function failure(head: Head, error: unknown): HttpAnswer {
  return { status: httpStatusOf(error), body: `${errorText(head, error)}\n` };
}

function httpStatusOf(error: unknown): number {
  const code = coreCodeOf(error);
  if (code === CORE_CODES.invalidRequest) return 400;
  return code === CORE_CODES.methodNotFound ? 404 : 500;
}

function resultText({ isVersion2, id }: Head, result: string): string {
  return isVersion2
    ? `{"jsonrpc":"2.0","result":${result}${idText(id)}}`
    : `{"result":${result},"error":null${idText(id)}}`;
}

function errorText({ isVersion2, id }: Head, error: unknown): string {
  const code = coreCodeOf(error);
  const isInternal = code === CORE_CODES.internal;
  // The log has the details of a bug.
  const message = isInternal ? 'internal error; see the log of the node' : (error as Error).message;
  const data = isInternal ? '' : `,"data":${errorData(error)}`;
  const object = `{"code":${code},"message":${JSON.stringify(message)}${data}}`;
  return isVersion2
    ? `{"jsonrpc":"2.0","error":${object}${idText(id)}}`
    : `{"result":null,"error":${object}${idText(id)}}`;
}

function idText(id: unknown): string {
  return id === undefined ? '' : `,"id":${JSON.stringify(id)}`;
}
