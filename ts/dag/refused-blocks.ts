/**
 * The memory of refused blocks. It holds only blocks with enough work, and drops the cheapest ones first, so that blocks
 * that are cheap to make do not push the others out.
 */
import { CheapestFirst, workMagnitude } from './cheapest-first.ts';
import type { BlockRejectedError, Rejection, RejectionCode } from './errors.ts';

/** The number of blocks to remember, so that the blocks that build on them are refused at once. */
const REMEMBERED_REFUSALS = 4096;

/** What an error says. Errors themselves are not kept: the stack of an error can hold a whole engine in memory. */
interface Refusal extends Pick<Rejection, 'hash' | 'field' | 'value' | 'expected'> {
  readonly code: RejectionCode;
}

/** The number of blocks with invalid contents whose hashes are remembered. */
const REMEMBERED_CONTENTS = 4096;

/**
 * Remembers refusals that are final, because every block with the same hash must be refused, and the hashes of blocks whose
 * contents were invalid.
 */
export class RefusedBlocks {
  readonly #refusals = new CheapestFirst<string, Refusal>();
  readonly #invalidContents = new CheapestFirst<string, string>();

  has(hash: string): boolean {
    return this.#refusals.has(hash);
  }

  /** Why the block was refused. */
  get(hash: string): Refusal | undefined {
    return this.#refusals.get(hash);
  }

  /** Remembers a refusal of a block with these bits. */
  add(hash: string, bits: number, { code, field, value, expected }: BlockRejectedError): void {
    if (this.#refusals.has(hash)) return;
    this.#refusals.add(hash, workMagnitude(bits), { hash, code, field, value, expected });
    if (this.#refusals.size > REMEMBERED_REFUSALS) this.#refusals.delete(this.#refusals.cheapest()!.hash!);
  }

  /** Remembers that the contents of a block with this hash were invalid. Another block with this hash may be valid. */
  addContents(hash: string, bits: number): void {
    if (this.#invalidContents.has(hash)) return;
    this.#invalidContents.add(hash, workMagnitude(bits), hash);
    if (this.#invalidContents.size > REMEMBERED_CONTENTS) {
      this.#invalidContents.delete(this.#invalidContents.cheapest()!);
    }
  }

  /** Whether the contents of a block with this hash were invalid recently. */
  hadInvalidContents(hash: string): boolean {
    return this.#invalidContents.has(hash);
  }
}
