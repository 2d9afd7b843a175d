/**
 * The messages on a control socket: JSON-RPC 2.0 (jsonrpc.org/specification), one message a line. Batches are not supported.
 * While a request is being answered, the node may report its progress with notifications.
 */
import { QantoError } from 'qanto';
import { boundedJson } from 'qanto/internal';
import { z } from 'zod';
import { ControlProtocolError } from './errors.ts';
import { MAX_LINE_BYTES } from './limits.ts';

/** The codes of errors that JSON-RPC defines, and `failed` for all other errors. */
export const RPC_CODES = {
  parseError: -32_700,
  invalidRequest: -32_600,
  unknownMethod: -32_601,
  invalidParams: -32_602,
  failed: -32_000,
} as const;

export type RequestId = string | number;

const requestId = z.union([z.string().max(64), z.int()]);

const requestSchema = z.strictObject({
  jsonrpc: z.literal('2.0'),
  id: requestId,
  method: z.string().min(1).max(64),
  params: z.record(z.string(), z.unknown()).optional(),
});

/** A request. `params` are checked by the method. */
export type ControlRequest = z.output<typeof requestSchema>;

const failureSchema = z.object({
  code: z.int(),
  message: z.string(),
  data: z.looseObject({ code: z.string().optional() }).optional(),
});

/** The error of an answer. `data` has the code and the fields of the error of qanto. */
export type JsonRpcFailure = z.output<typeof failureSchema>;

const answerSchema = z.union([
  z.object({ jsonrpc: z.literal('2.0'), id: requestId.nullable(), error: failureSchema }),
  z.object({ jsonrpc: z.literal('2.0'), id: requestId, result: z.unknown() }),
  z.object({
    jsonrpc: z.literal('2.0'),
    method: z.literal('progress'),
    params: z.object({ id: requestId, done: z.number(), total: z.number() }),
  }),
]);

/** What a client receives: an answer, or a report of progress. */
export type ControlAnswer = z.output<typeof answerSchema>;

/** Parses a request. Throws `ERR_QANTO_CONTROL_PROTOCOL`. */
export function parseRequest(line: Buffer): ControlRequest {
  const value = parseJson(line);
  const result = requestSchema.safeParse(value);
  if (result.success) return result.data;
  throw new InvalidRequestError(`this is not a request of JSON-RPC 2.0: ${problemOf(result.error)}`);
}

/** Parses what a node sent. Throws `ERR_QANTO_CONTROL_PROTOCOL`. */
export function parseAnswer(line: Buffer): ControlAnswer {
  const result = answerSchema.safeParse(parseJson(line));
  if (result.success) return result.data;
  throw new ControlProtocolError('the node sent a line that is not an answer of JSON-RPC 2.0');
}

/** A line that is JSON, but not a request. */
export class InvalidRequestError extends ControlProtocolError {}

/** The first problem that zod reports, with the path of the value. */
export function problemOf(error: z.ZodError): string {
  const { path, message } = error.issues[0]!;
  return path.length === 0 ? message : `${path.join('.')}: ${message}`;
}

export function requestLine(id: RequestId, method: string, params: object): string {
  return `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;
}

/** The line that answers a request. Throws `ERR_QANTO_CONTROL_PROTOCOL` if it is too long. */
export function resultLine(id: RequestId, result: unknown): string {
  const line = `${JSON.stringify({ jsonrpc: '2.0', id, result: result ?? null }, bigintAsText)}\n`;
  if (Buffer.byteLength(line) <= MAX_LINE_BYTES) return line;
  throw new ControlProtocolError(
    `the answer is longer than ${MAX_LINE_BYTES} bytes; ask for less, for example with a smaller count`,
  );
}

export function progressLine(id: RequestId, done: number, total: number): string {
  return `${JSON.stringify({ jsonrpc: '2.0', method: 'progress', params: { id, done, total } })}\n`;
}

/** The line that reports an error. `id` is null if the request could not be read. */
export function errorLine(id: RequestId | null, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = rpcCodeOf(error);
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":{"code":${code},"message":${JSON.stringify(message)},"data":${errorData(error)}}}\n`;
}

/** The JSON of the member `data` of an error: its code and its fields. */
export function errorData(error: unknown): string {
  // Some fields have values from outside, of any size.
  return boundedJson({ ...(error instanceof QantoError ? error : undefined), code: codeOf(error) })!;
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'ERR_QANTO_UNEXPECTED';
}

function rpcCodeOf(error: unknown): number {
  if (error instanceof InvalidRequestError) return RPC_CODES.invalidRequest;
  if (error instanceof ParseError) return RPC_CODES.parseError;
  switch (codeOf(error)) {
    case 'ERR_QANTO_CONTROL_UNKNOWN_METHOD':
      return RPC_CODES.unknownMethod;
    case 'ERR_QANTO_INVALID_ARGUMENT':
      return RPC_CODES.invalidParams;
    default:
      return RPC_CODES.failed;
  }
}

/** A line that is not JSON in UTF-8, or is too long. */
export class ParseError extends ControlProtocolError {}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseJson(line: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(line));
  } catch (error) {
    throw new ParseError(`a line is not JSON in UTF-8: ${(error as Error).message.slice(0, 200)}`);
  }
}

export function bigintAsText(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
