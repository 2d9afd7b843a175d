/**
 * The messages of Stratum v1: one JSON object a line. There is no specification. The forms are those that miners send and that
 * pools answer; BIP 310 describes version rolling.
 */

/** The errors of the protocol: their numbers, and what each means. */
const ERRORS: Readonly<Record<RefusalCode, number>> = {
  other: 20,
  'stale-job': 21,
  duplicate: 22,
  'low-difficulty': 23,
  unauthorized: 24,
  'not-subscribed': 25,
};

/** Why a share or a request is refused. */
export type RefusalCode =
  | 'other'
  | 'stale-job'
  | 'duplicate'
  | 'low-difficulty'
  | 'unauthorized'
  | 'not-subscribed';

/** The reason that a number of the protocol stands for; `other` for a number without a meaning. */
export function refusalCodeOf(number: number): RefusalCode {
  const [code] = Object.entries(ERRORS).find(([, known]) => known === number) ?? ['other'];
  return code as RefusalCode;
}

/** A request that is refused. It is answered with the error, and the connection goes on. */
export class RefusedError extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** An id is sent back as it came. cpuminer uses the same one for all its shares. */
export type MessageId = string | number | null;

export interface Request {
  readonly id: MessageId;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** The longest id, name of a method, or text that is sent back. */
const MAX_TEXT = 128;

/**
 * Reads a line. Returns undefined for an answer to a request of the server. Throws a SyntaxError if the line is not a message.
 */
export function parseMessage(line: string): Request | undefined {
  const message: unknown = JSON.parse(line);
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    throw new SyntaxError('a message is not an object');
  }
  const { id = null, method, params = [] } = message as Record<string, unknown>;
  if (method === undefined && id !== null) return undefined;
  if (typeof method !== 'string' || method.length > MAX_TEXT)
    throw new SyntaxError('a message has no method');
  return { id: isId(id) ? id : null, method, params: Array.isArray(params) ? params : [] };
}

/** Whether an id is one that is sent back. */
export function isId(id: unknown): id is MessageId {
  return id === null || typeof id === 'number' || (typeof id === 'string' && id.length <= MAX_TEXT);
}

export function answerLine(id: MessageId, result: unknown): string {
  return `${JSON.stringify({ id, result, error: null })}\n`;
}

export function errorLine(id: MessageId, { code, message }: RefusedError): string {
  return `${JSON.stringify({ id, result: null, error: [ERRORS[code], message, null] })}\n`;
}

export function notification(method: string, params: readonly unknown[]): string {
  return `${JSON.stringify({ id: null, method, params })}\n`;
}

/** The bytes of a text of exactly this many hex digits, two for each byte; undefined for anything else. */
export function hexBytes(value: unknown, byteLength: number): Buffer | undefined {
  if (typeof value !== 'string' || value.length !== 2 * byteLength || !/^[0-9a-f]*$/i.test(value))
    return undefined;
  return Buffer.from(value, 'hex');
}

/** The unsigned 32-bit integer that 8 hex digits say; undefined for anything else. */
export function hexInteger(value: unknown): number | undefined {
  return hexBytes(value, 4)?.readUInt32BE();
}

/** A positive finite number, also as text, which cpuminer-opt sends; undefined for anything else. */
export function positiveNumber(value: unknown): number | undefined {
  if (typeof value === 'string' && (value.trim() === '' || value.length > 32)) return undefined;
  const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
  return number > 0 && number < Infinity ? number : undefined;
}
