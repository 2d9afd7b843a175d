/**
 * Checks an LMDB file page by page before it is mapped. LMDB trusts its file: following a page number beyond a
 * truncated end kills the process with SIGBUS, a damaged free list lets it overwrite live pages later, and lmdb-js
 * ends in a segmentation fault when LMDB refuses to open a file. This turns all of them into an error that can be
 * caught.
 *
 * The layout is LMDB's data version 2 on 64-bit little-endian machines (`mdb.c`: MDB_meta, MDB_page, MDB_node); on
 * other machines files go unchecked. Expects one unnamed tree without duplicates that every transaction writes to,
 * opened with FILE_OPTIONS.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import { StoreDamagedError } from './errors.ts';

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const PAGE_HEADER = 24;
const NODE_HEADER = 8;
const META_BYTES = PAGE_HEADER + 144;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;

const BRANCH = 0x01;
const LEAF = 0x02;
const OVERFLOW = 0x04;
const META = 0x08;
const NODE_IN_OVERFLOW = 0x01;

/** Flags of the two trees: MDB_NOSUBDIR and MDB_INTEGERKEY, and none. */
const FREE_FLAGS = 0x4008;
const MAIN_FLAGS = 0;

/**
 * How the files are opened that are checked here. A commit is then LMDB's fully synchronous one, off the main thread:
 * the data pages are written and flushed (fdatasync; F_FULLFSYNC on macOS), then the meta page is written through a
 * descriptor opened with O_DSYNC. lmdb-js's default, overlapping sync, resolves before the flush.
 */
export const FILE_OPTIONS = { noSubdir: true, overlappingSync: false, safeRestore: false } as const;

interface Tree {
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  readonly entries: number;
  readonly root: number | undefined;
}

interface Meta {
  readonly pageSize: number;
  readonly free: Tree;
  readonly main: Tree;
  readonly lastPage: number;
  readonly transaction: number;
}

/** Throws `STORE_DAMAGED` when the file is no sound LMDB file. A file that is absent or empty is sound: a new one. */
export function checkLmdbFile(path: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    new FileCheck(path, descriptor).run();
  } finally {
    closeSync(descriptor);
  }
}

class FileCheck {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #size: number;
  #pageSize = 4096;
  #lastPage = 1;
  /** One byte a page: 1 when something refers to it. */
  #seen = new Uint8Array(0);

  constructor(path: string, descriptor: number) {
    this.#path = path;
    this.#descriptor = descriptor;
    this.#size = fstatSync(descriptor).size;
  }

  run(): void {
    const is64Bit = !['arm', 'ia32', 'mips', 'mipsel', 'ppc'].includes(process.arch);
    if (this.#size === 0 || !is64Bit || endianness() !== 'LE') return;
    const meta = this.#newestMeta();
    this.#lastPage = meta.lastPage;
    const pagesInFile = Math.min(meta.lastPage + 1, Math.floor(this.#size / this.#pageSize));
    this.#seen = new Uint8Array(pagesInFile);
    this.#tree(meta.main, (a, b) => a.compare(b));
    const freeLists: Buffer[] = [];
    this.#tree(meta.free, compareIntegers, (value) => freeLists.push(value));
    const freeBeyondEnd = freeLists.reduce((total, list) => total + this.#freeList(list), 0);
    // Pages at the end may be absent from the file when they are free.
    this.#require(freeBeyondEnd === meta.lastPage + 1 - pagesInFile, 'it ends before its last page');
  }

  #newestMeta(): Meta {
    const first = this.#meta(0);
    this.#pageSize = first.pageSize;
    const isPowerOfTwo = (this.#pageSize & (this.#pageSize - 1)) === 0;
    this.#require(
      isPowerOfTwo && this.#pageSize >= 512 && this.#pageSize <= 65536,
      'its page size is absurd',
    );
    const second = this.#meta(1);
    this.#require(second.pageSize === first.pageSize, 'its two meta pages disagree on the page size');
    // Transaction n writes meta page n mod 2; both begin at 0.
    const [even, odd] = [first.transaction, second.transaction];
    this.#require(
      (even === 0 && odd === 0) || (even % 2 === 0 && odd % 2 === 1 && Math.abs(even - odd) === 1),
      `its meta pages are of transactions ${even} and ${odd}, which do not follow one another`,
    );
    this.#checkTransaction(first);
    this.#checkTransaction(second);
    return even > odd ? first : second;
  }

  /** Every transaction rewrites the root, and the last but one's is still there: nothing of it is reused yet. */
  #checkTransaction({ main: { root }, transaction }: Meta): void {
    if (root === undefined) return;
    const written = Number(this.#read(root * this.#pageSize, PAGE_HEADER).readBigUInt64LE(8));
    this.#require(
      written === transaction,
      `the root of transaction ${transaction} was written by transaction ${written}`,
    );
  }

  #meta(page: number): Meta {
    const bytes = this.#read(page * this.#pageSize, META_BYTES);
    this.#require((bytes.readUInt16LE(18) & META) !== 0, `page ${page} is no meta page`);
    this.#require(bytes.readUInt32LE(PAGE_HEADER) === MAGIC, `meta page ${page} has a wrong magic number`);
    const version = bytes.readUInt32LE(PAGE_HEADER + 4) & 0xffff;
    this.#require(
      version === DATA_VERSION,
      `meta page ${page} is of LMDB data version ${version}, not ${DATA_VERSION}`,
    );
    const tree = (offset: number, flags: number): Tree => {
      this.#require(
        bytes.readUInt16LE(offset + 4) === flags,
        `meta page ${page} has other flags than expected`,
      );
      const root = bytes.readBigUInt64LE(offset + 40);
      return {
        depth: bytes.readUInt16LE(offset + 6),
        branchPages: Number(bytes.readBigUInt64LE(offset + 8)),
        leafPages: Number(bytes.readBigUInt64LE(offset + 16)),
        overflowPages: Number(bytes.readBigUInt64LE(offset + 24)),
        entries: Number(bytes.readBigUInt64LE(offset + 32)),
        root: root === NO_PAGE ? undefined : Number(root),
      };
    };
    return {
      pageSize: bytes.readUInt32LE(PAGE_HEADER + 24),
      free: tree(PAGE_HEADER + 24, FREE_FLAGS),
      main: tree(PAGE_HEADER + 72, MAIN_FLAGS),
      lastPage: Number(bytes.readBigUInt64LE(PAGE_HEADER + 120)),
      transaction: Number(bytes.readBigUInt64LE(PAGE_HEADER + 128)),
    };
  }

  /** Walks a whole tree: pages in place, keys in order, totals as the meta page has them. */
  #tree(tree: Tree, compare: (a: Buffer, b: Buffer) => number, onValue?: (value: Buffer) => void): void {
    const found = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 };
    let previous: Buffer | undefined;

    const visit = (pageNumber: number, level: number, lowest: Buffer | undefined): void => {
      const isLeaf = level === tree.depth;
      const page = this.#page(pageNumber, isLeaf ? LEAF : BRANCH);
      found[isLeaf ? 'leafPages' : 'branchPages'] += 1;
      for (const [index, node] of this.#nodes(page, pageNumber).entries()) {
        const key = page.subarray(node + NODE_HEADER, node + NODE_HEADER + page.readUInt16LE(node + 6));
        // The first key of a branch page means nothing: what is below it is bound by the page's own key.
        const isBound = isLeaf || index > 0;
        const inOrder =
          !isBound ||
          ((previous === undefined || compare(previous, key) < 0) &&
            (lowest === undefined || compare(lowest, key) <= 0));
        this.#require(inOrder, `page ${pageNumber} has its keys out of order`);
        if (!isLeaf) {
          visit(page.readUIntLE(node, 6), level + 1, isBound ? Buffer.from(key) : lowest);
          continue;
        }
        previous = Buffer.from(key);
        found.entries += 1;
        const value = this.#value(page, node, pageNumber, onValue !== undefined);
        found.overflowPages += value.overflowPages;
        onValue?.(value.bytes);
      }
    };
    if (tree.root !== undefined) visit(tree.root, 1, undefined);
    for (const [name, count] of Object.entries(found)) {
      const expected = tree[name as keyof typeof found];
      this.#require(count === expected, `a tree has ${count} ${name}, its meta page says ${expected}`);
    }
  }

  /** Offsets of a page's nodes, each checked to lie within the page. */
  #nodes(page: Buffer, pageNumber: number): number[] {
    const lower = page.readUInt16LE(20) + PAGE_HEADER;
    const upper = page.readUInt16LE(22) + PAGE_HEADER;
    const sound = lower <= upper && upper <= page.length && lower > PAGE_HEADER && lower % 2 === 0;
    this.#require(sound, `page ${pageNumber} has impossible bounds`);
    const nodes: number[] = [];
    for (let slot = PAGE_HEADER; slot < lower; slot += 2) {
      const node = page.readUInt16LE(slot) + PAGE_HEADER;
      const hasHeader = node >= upper && node + NODE_HEADER <= page.length;
      this.#require(
        hasHeader && node + NODE_HEADER + page.readUInt16LE(node + 6) <= page.length,
        `page ${pageNumber} has a node that reaches beyond it`,
      );
      nodes.push(node);
    }
    return nodes;
  }

  #value(page: Buffer, node: number, pageNumber: number, wantBytes: boolean) {
    const length = page.readUInt32LE(node);
    const flags = page.readUInt16LE(node + 4);
    const start = node + NODE_HEADER + page.readUInt16LE(node + 6);
    if (flags !== NODE_IN_OVERFLOW) {
      this.#require(
        flags === 0 && start + length <= page.length,
        `page ${pageNumber} has a value that reaches beyond it`,
      );
      return { overflowPages: 0, bytes: Buffer.from(page.subarray(start, start + length)) };
    }
    this.#require(start + 24 <= page.length, `page ${pageNumber} has a node that reaches beyond it`);
    const overflow = Number(page.readBigUInt64LE(start));
    const pages = Number(page.readBigUInt64LE(start + 16));
    const header = this.#page(overflow, OVERFLOW, pages);
    // More pages than needed where a longer value was replaced.
    this.#require(
      header.readUInt32LE(20) === pages && PAGE_HEADER + length <= pages * this.#pageSize,
      `overflow page ${overflow} has another length than the value it holds`,
    );
    const bytes = wantBytes ? this.#read(overflow * this.#pageSize + PAGE_HEADER, length) : header;
    return { overflowPages: pages, bytes };
  }

  /** Reads a page of the given kind and marks it, and the pages that continue it, as used. */
  #page(pageNumber: number, kind: number, pages = 1): Buffer {
    this.#mark(pageNumber, pages);
    const page = this.#read(pageNumber * this.#pageSize, this.#pageSize);
    this.#require(
      page.readBigUInt64LE(0) === BigInt(pageNumber) && page.readUInt16LE(18) === kind,
      `page ${pageNumber} is not the page its tree refers to`,
    );
    return page;
  }

  #mark(pageNumber: number, pages: number): void {
    const end = pageNumber + pages;
    this.#require(pageNumber >= 2 && end <= this.#lastPage + 1, `page ${pageNumber} is outside of the file`);
    this.#require(end <= this.#seen.length, `it ends before page ${end - 1}, which is in use`);
    for (let page = pageNumber; page < end; page++) {
      this.#require(this.#seen[page] === 0, `page ${page} is used twice`);
      this.#seen[page] = 1;
    }
  }

  /**
   * A free list: its length, then page numbers; a negative number is the length of the run that follows. Returns how
   * many of the pages lie beyond the end of the file.
   */
  #freeList(list: Buffer): number {
    const length = list.length >= 8 ? Number(list.readBigUInt64LE(0)) : -1;
    this.#require(length >= 0 && (length + 1) * 8 <= list.length, 'a free list is longer than its record');
    let run = 1;
    let beyondEnd = 0;
    for (let index = 1; index <= length; index++) {
      const entry = Number(list.readBigInt64LE(index * 8));
      if (entry < 0) {
        run = -entry;
      } else if (entry > 0) {
        this.#require(
          entry >= 2 && entry + run <= this.#lastPage + 1,
          `page ${entry} is free but outside of the file`,
        );
        const end = Math.min(entry + run, this.#seen.length);
        for (let page = entry; page < end; page++) {
          this.#require(this.#seen[page] === 0, `page ${page} is free and in use, or free twice`);
          this.#seen[page] = 1;
        }
        beyondEnd += entry + run - Math.max(end, entry);
        run = 1;
      }
    }
    this.#require(run === 1, 'a free list ends with the length of a run, and no page where it begins');
    return beyondEnd;
  }

  #read(position: number, length: number): Buffer {
    this.#require(
      position + length <= this.#size,
      `it ends before byte ${position + length}, which is in use`,
    );
    const bytes = Buffer.allocUnsafe(length);
    readSync(this.#descriptor, bytes, 0, length, position);
    return bytes;
  }

  #require(condition: boolean, detail: string): asserts condition {
    if (!condition) throw new StoreDamagedError(this.#path, detail);
  }
}

/** Keys of the free tree are 64-bit integers. */
function compareIntegers(a: Buffer, b: Buffer): number {
  if (a.length !== 8 || b.length !== 8) return 1;
  const difference = a.readBigUInt64LE(0) - b.readBigUInt64LE(0);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
