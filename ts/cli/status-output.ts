/** Where a node's status goes: a block that redraws in a terminal, else lines. */
import { clearScreenDown, cursorTo, moveCursor } from 'node:readline';
import { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import type { NodeStatus } from '../node/index.ts';
import { statusBlock, statusJson, statusLine, summaryLine } from './status-view.ts';
import { type Style, styleOf } from './style.ts';
import { canRedraw } from './terminal.ts';

type LogUpdate = ReturnType<typeof import('log-update')['createLogUpdate']>;

const REDRAW_MS = 250;
const LINE_MS = 1000;
/** A line is due after this long even when nothing happened. */
const QUIET_LINE_MS = 10_000;

/** Shows a status again and again until it is told the last one. */
export interface StatusOutput {
  begin(status: () => NodeStatus): void;
  end(last: NodeStatus): void;
  /** Where log lines go, so that they and the status do not run into each other. */
  readonly logStream: Writable;
}

/** The output that suits stdout: JSON lines when asked for, a redrawn block on a terminal, else text lines. */
export async function statusOutput(
  json: boolean,
  variables: NodeJS.ProcessEnv = process.env,
): Promise<StatusOutput> {
  const { stdout } = process;
  if (json) return new LineOutput(stdout, (status, type) => statusJson(status, type));
  if (canRedraw(stdout, variables)) {
    // An ES module.
    const { createLogUpdate } = await import('log-update');
    return new LiveOutput(stdout, createLogUpdate(stdout));
  }
  return new LineOutput(stdout, (status, type) => {
    const text = type === 'summary' ? summaryLine(status) : statusLine(status);
    return `${new Date().toISOString()} ${text}`;
  });
}

class LineOutput implements StatusOutput {
  readonly logStream = process.stderr;
  readonly #stream: Writable;
  readonly #format: (status: NodeStatus, type: 'status' | 'summary') => string;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: Writable, format: (status: NodeStatus, type: 'status' | 'summary') => string) {
    this.#stream = stream;
    this.#format = format;
  }

  begin(status: () => NodeStatus): void {
    let told = '';
    let toldAtMs = -Infinity;
    this.#timer = setInterval(() => {
      const now = status();
      const news = `${now.miner.state} ${now.blocks} ${now.sink}`;
      if (news === told && performance.now() - toldAtMs < QUIET_LINE_MS) return;
      told = news;
      toldAtMs = performance.now();
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
  /** What is on the screen, without its style. */
  #frame = '';

  constructor(stream: WriteStream, draw: LogUpdate) {
    this.#stream = stream;
    this.#style = styleOf(stream);
    this.#draw = draw;
    this.logStream = new Writable({
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        if (process.stderr.isTTY) this.#draw.clear();
        process.stderr.write(chunk);
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
    this.#stream.write(`${summaryLine(last)}\n`);
  }

  readonly #redraw = () => {
    if (!this.#status) return;
    const frame = statusBlock(this.#status(), this.#stream.columns, this.#style);
    this.#frame = stripVTControlCharacters(frame);
    this.#draw(frame);
  };

  /** A terminal that became narrower has wrapped the lines that are there: they take more rows than were drawn. */
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
