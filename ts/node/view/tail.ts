import type { QantoDag } from 'qanto/dag';
import { lastBlocks, Recorder } from './records.ts';

/** The last blocks of a DAG as the page receives them, each kept as the text of its record. */
export class Tail {
  readonly #dag: QantoDag;
  readonly #size: number;
  readonly #recorder = new Recorder();
  /** By hash, parents before children. */
  readonly #records = new Map<string, string>();

  /** @param size the number of blocks to keep */
  constructor(dag: QantoDag, size: number) {
    this.#dag = dag;
    this.#size = size;
    for (const hash of lastBlocks(dag, size)) this.add(hash);
  }

  /** Adds a block, and returns the text of its record. Undefined if the block is here already, or has been pruned. */
  add(hash: string): string | undefined {
    if (this.#records.has(hash)) return undefined;
    const view = this.#dag.getView(hash);
    if (view === undefined) return undefined;
    const record = JSON.stringify(this.#recorder.record(view));
    this.#records.set(hash, record);
    if (this.#records.size > this.#size) {
      const [oldest] = this.#records.keys();
      this.#records.delete(oldest!);
      this.#recorder.forget(oldest!);
    }
    return record;
  }

  /** The texts of all records. */
  records(): Iterable<string> {
    return this.#records.values();
  }
}
