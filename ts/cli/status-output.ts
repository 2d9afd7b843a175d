/** Prints the status of a node: as a block that is redrawn in a terminal, otherwise as lines. */
import { clearScreenDown, cursorTo, moveCursor } from 'node:readline';
import { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import type { LogFormat } from 'qanto/telemetry';
import type { NodeStatus } from '../node/index.ts';
import { fitted } from './fit.ts';
import { statusBlock, statusJson, statusLine, summaryLine } from './status-view.ts';
import { ellipsisOf, type Style, styleOf } from './style.ts';
import { canRedraw, columnsOf } from './terminal.ts';

type LogUpdate = ReturnType<typeof import('log-update')['createLogUpdate']>;

const REDRAW_MS = 250;
const LINE_MS = 1000;
/** A line is printed after this time even if nothing has changed. */
const QUIET_LINE_MS = 10_000;

/** Prints a status periodically. */
export interface StatusOutput {
  /** Starts to print the status. */
  begin(status: () => NodeStatus): void;
  /** Stops, and prints the last status with a summary. */
  end(last: NodeStatus): void;
  /** A stream for log lines, which go to stderr without disturbing the status. */
  readonly logStream: Writable;
}

/** The output for stdout: lines of JSON if `json` is true, a redrawn block on a terminal, otherwise lines of text. */
export async function statusOutput(
  json: boolean,
  logFormat: LogFormat,
  variables: NodeJS.ProcessEnv = process.env,
): Promise<StatusOutput> {
  const { stdout } = process;
  if (json) return new LineOutput(stdout, logFormat, (status, type) => statusJson(status, type));
  if (canRedraw(stdout, variables)) {
    // log-update is an ES module, which the compiled CommonJS can only import.
    const { createLogUpdate } = await import('log-update');
    return new LiveOutput(stdout, logFormat, createLogUpdate(stdout));
  }
  return new LineOutput(stdout, logFormat, (status, type) => {
    const text = type === 'summary' ? summaryLine(status) : statusLine(status);
    return `${new Date().toISOString()} ${text}`;
  });
}

/** Writes a log line to stderr. In a terminal, text is broken between words, since the terminal would break hashes. */
function writeLog(line: string, format: LogFormat): void {
  const { stderr } = process;
  const columns = stderr.isTTY && format === 'text' ? columnsOf(stderr) : undefined;
  stderr.write(columns === undefined ? line : fitted(line, columns, ellipsisOf()));
}

class LineOutput implements StatusOutput {
  readonly logStream: Writable;
  readonly #stream: Writable;
  readonly #format: (status: NodeStatus, type: 'status' | 'summary') => string;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    stream: Writable,
    logFormat: LogFormat,
    format: (status: NodeStatus, type: 'status' | 'summary') => string,
  ) {
    this.#stream = stream;
    this.#format = format;
    this.logStream = new Writable({
      decodeStrings: false,
      write: (line: string, _encoding, done) => {
        writeLog(line, logFormat);
        done();
      },
    });
  }

  begin(status: () => NodeStatus): void {
    let printed = '';
    let printedAtMs = -Infinity;
    this.#timer = setInterval(() => {
      const now = status();
      const key = `${now.miner.state} ${now.blocks} ${now.sink}`;
      if (key === printed && performance.now() - printedAtMs < QUIET_LINE_MS) return;
      printed = key;
      printedAtMs = performance.now();
      this.#stream.write(`${this.#format(now, 'status')}\n`);
    }, LINE_MS);
  }

  end(last: NodeStatus): void {
    clearInterval(this.#timer);
    this.#stream.write(`${this.#format(last, 'summary')}\n`);
  }
}

class LiveOutput implements StatusOutput {
  readonly logStream: Writable;
  readonly #stream: WriteStream;
  readonly #style: Style;
  readonly #draw: LogUpdate;
  #status: (() => NodeStatus) | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The text on the screen, without its style. */
  #frame = '';

  constructor(stream: WriteStream, logFormat: LogFormat, draw: LogUpdate) {
    this.#stream = stream;
    this.#style = styleOf(stream);
    this.#draw = draw;
    this.logStream = new Writable({
      decodeStrings: false,
      write: (line: string, _encoding, done) => {
        if (process.stderr.isTTY) this.#draw.clear();
        writeLog(line, logFormat);
        this.#redraw();
        done();
      },
    });
  }

  begin(status: () => NodeStatus): void {
    this.#status = status;
    this.#timer = setInterval(this.#redraw, REDRAW_MS);
    this.#stream.on('resize', this.#resize);
    this.#redraw();
  }

  end(last: NodeStatus): void {
    clearInterval(this.#timer);
    this.#stream.off('resize', this.#resize);
    this.#status = () => last;
    this.#redraw();
    this.#status = undefined;
    this.#draw.done();
    this.#stream.write(`${fitted(summaryLine(last), this.#stream.columns, this.#style.ellipsis)}\n`);
  }

  readonly #redraw = () => {
    if (!this.#status) return;
    const frame = statusBlock(this.#status(), this.#stream.columns, this.#style);
    this.#frame = stripVTControlCharacters(frame);
    this.#draw(frame);
  };

  /** Redraws from the first row: a terminal that became narrower has wrapped the old lines, which now take more rows. */
  readonly #resize = () => {
    const rows = this.#frame
      .split('\n')
      .reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / this.#stream.columns)), 0);
    moveCursor(this.#stream, 0, -rows);
    cursorTo(this.#stream, 0);
    clearScreenDown(this.#stream);
    this.#draw.done();
    this.#redraw();
  };
}
