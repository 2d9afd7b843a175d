/**
 * JSON of any value, for log lines and error reports. It never throws, and its length and depth are bounded. A part that has no
 * JSON is replaced by `[Circular]`, by `[Throws: message]` or by `[Truncated]`; the rest of the value is kept.
 */
import { printable } from './printable.ts';

const { types } = process.getBuiltinModule('node:util');

/** Objects within objects, counted from the value itself. */
const MAX_DEPTH = 8;
/** Values in one document. Objects that share parts would otherwise grow exponentially, without being circular. */
const MAX_VALUES = 1000;
/** UTF-16 code units of one string or name. */
const MAX_STRING = 16_384;
/** UTF-16 code units of all strings and names of one document. */
const MAX_CHARACTERS = 131_072;
/** Bytes of a byte array. */
const MAX_BYTES = 256;
/** The bound of bigints. The time that it takes to write one is not proportional to its length. */
const MAX_BIGINT = 1n << 4096n;
/** UTF-16 code units of the message in `[Throws: message]`. */
const MAX_REASON = 256;

const TRUNCATED = '[Truncated]';
/** Most strings have none of these characters, and need not be encoded. */
const NEEDS_ESCAPES = /[^\x20-\x7e]|["\\]/;
const ERROR_FIELDS = ['name', 'code', 'message', 'stack', 'cause', 'errors'];

/** A property: its name, shortened if it is long, and the JSON of its value. */
export type Entry = readonly [name: string, json: string];

/**
 * JSON of a value. As in `JSON.stringify`, functions and undefined have none. A bigint is a string of decimal digits, and a byte
 * array a string of hex digits. An error has `name`, `code`, `message`, `stack`, `cause` and `errors`. A Map is an array of pairs,
 * and a Set an array.
 */
export function boundedJson(value: unknown): string | undefined {
  return new JsonDocument().of(value);
}

/**
 * The enumerable properties of an object, in one document, without those in `without`. `replace` returns what is written in place
 * of a value.
 */
export function boundedEntries(
  object: object,
  without: ReadonlySet<string>,
  replace: (value: unknown) => unknown,
): Entry[] {
  try {
    return new JsonDocument().entriesOf(object, without, replace);
  } catch (error) {
    return [['fields', quoted(throwsText(error))]];
  }
}

/** A string that is no longer than a string in {@link boundedJson}. */
export function boundedText(text: string): string {
  return text.length <= MAX_STRING ? text : text.slice(0, MAX_STRING) + TRUNCATED;
}

/** A string as JSON. */
export function quoted(text: string): string {
  return NEEDS_ESCAPES.test(text) ? printable(JSON.stringify(text)) : `"${text}"`;
}

/** `[Throws: message]` for what was thrown while a value was read. */
function throwsText(thrown: unknown): string {
  try {
    return `[Throws: ${String((thrown as Error | undefined)?.message ?? thrown).slice(0, MAX_REASON)}]`;
  } catch {
    // The message may itself be a getter that throws.
    return '[Throws]';
  }
}

const NO_NAMES: ReadonlySet<string> = new Set();
const unchanged = (value: unknown) => value;

/** One document. */
class JsonDocument {
  #values = 0;
  #characters = 0;
  /** The objects around the current value, outermost first. */
  readonly #around: object[] = [];

  /** JSON of a value. It never throws. */
  of(value: unknown, readsToJson = true): string | undefined {
    this.#values += 1;
    if (this.#values > MAX_VALUES) return quoted(TRUNCATED);
    switch (typeof value) {
      case 'string':
        return this.#string(value);
      case 'number':
        return Number.isFinite(value) ? String(value) : 'null';
      case 'boolean':
        return String(value);
      case 'bigint':
        return quoted(value < MAX_BIGINT && value > -MAX_BIGINT ? String(value) : TRUNCATED);
      case 'symbol':
        return this.#string(String(value));
      case 'object':
        return value === null ? 'null' : this.#object(value, readsToJson);
      default:
        return undefined;
    }
  }

  /** The entries of the outermost object. Throws what a proxy throws that refuses to list its properties. */
  entriesOf(object: object, without: ReadonlySet<string>, replace: (value: unknown) => unknown): Entry[] {
    this.#around.push(object);
    return this.#entries(object, without, replace);
  }

  #entries(object: object, without = NO_NAMES, replace = unchanged): Entry[] {
    const entries: Entry[] = [];
    for (const name of Object.keys(object)) {
      if (without.has(name)) continue;
      if (this.#isFull()) {
        entries.push([TRUNCATED, quoted(TRUNCATED)]);
        break;
      }
      const json = this.#read(() => replace((object as Readonly<Record<string, unknown>>)[name]));
      if (json !== undefined) entries.push([this.#bounded(name), json]);
    }
    return entries;
  }

  #object(object: object, readsToJson: boolean): string | undefined {
    if (this.#around.includes(object)) return quoted('[Circular]');
    if (this.#around.length === MAX_DEPTH) return quoted(TRUNCATED);
    this.#around.push(object);
    try {
      return this.#content(object, readsToJson);
    } catch (error) {
      return quoted(throwsText(error));
    } finally {
      this.#around.pop();
    }
  }

  #content(object: object, readsToJson: boolean): string | undefined {
    if (types.isUint8Array(object)) return this.#string(hexOf(object));
    if (types.isDate(object)) return this.#string(dateText(object));
    if (types.isBoxedPrimitive(object)) return this.of(object.valueOf());
    const { toJSON } = readsToJson ? (object as { readonly toJSON?: unknown }) : {};
    if (typeof toJSON === 'function') {
      const replaced: unknown = toJSON.call(object);
      // A method that returns its own object asks for the properties of the object.
      return replaced === object ? this.#content(object, false) : this.of(replaced, false);
    }
    if (isError(object)) return this.#error(object);
    if (isList(object)) return this.#array(object);
    return `{${membersOf(this.#entries(object))}}`;
  }

  #array(items: Iterable<unknown>): string {
    const parts: string[] = [];
    for (const item of items) {
      if (this.#isFull()) {
        parts.push(quoted(TRUNCATED));
        break;
      }
      parts.push(this.of(item) ?? 'null');
    }
    return `[${parts.join(',')}]`;
  }

  #error(error: Error): string {
    const entries = ERROR_FIELDS.flatMap((name): Entry[] => {
      const json = this.#read(() => (error as unknown as Readonly<Record<string, unknown>>)[name]);
      return json === undefined ? [] : [[name, json]];
    });
    return `{${membersOf(entries)}}`;
  }

  /** JSON of what a function returns. If the function throws, only its own value is lost. */
  #read(get: () => unknown): string | undefined {
    let value: unknown;
    try {
      value = get();
    } catch (error) {
      return quoted(throwsText(error));
    }
    return this.of(value);
  }

  #string(text: string): string {
    return quoted(this.#bounded(text));
  }

  #bounded(text: string): string {
    const room = MAX_CHARACTERS - this.#characters;
    const shown = boundedText(text);
    this.#characters += shown.length;
    return shown.length <= room ? shown : shown.slice(0, Math.max(0, room)) + TRUNCATED;
  }

  #isFull(): boolean {
    return this.#values >= MAX_VALUES || this.#characters >= MAX_CHARACTERS;
  }
}

/** Whether a value is an error, also of another realm, such as that of a `vm` or of a test. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

function isList(object: object): object is Iterable<unknown> {
  // The properties of a typed array would all be named before the first of them is written.
  return Array.isArray(object) || types.isTypedArray(object) || types.isMap(object) || types.isSet(object);
}

/** The members of a JSON object. */
export function membersOf(entries: readonly Entry[]): string {
  return entries.map(([name, json]) => `${quoted(name)}:${json}`).join(',');
}

function hexOf(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, MAX_BYTES)).toString(
    'hex',
  );
  return bytes.length > MAX_BYTES ? shown + TRUNCATED : shown;
}

function dateText(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'Invalid Date' : date.toISOString();
}
