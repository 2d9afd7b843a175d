/** The errors of reading an export. */
import { QantoError } from 'qanto';

/** `ERR_QANTO_IMPORT_FORMAT`: the input is not an export of blocks, or a newer version wrote it. */
export class ImportFormatError extends QantoError {
  /** `problem` is a whole sentence. */
  constructor(problem: string) {
    super('ERR_QANTO_IMPORT_FORMAT', `${problem}; the input must be what "qanto export" has written`);
  }
}

/** `ERR_QANTO_IMPORT_TRUNCATED`: the input ends before the end of the export. */
export class ImportTruncatedError extends QantoError {
  /** The number of complete blocks before the end of the input. */
  readonly blocks: number;

  constructor(blocks: number) {
    super(
      'ERR_QANTO_IMPORT_TRUNCATED',
      `the input ends after ${blocks} blocks, before the end of the export; export the blocks again`,
    );
    this.blocks = blocks;
  }
}

/** `ERR_QANTO_IMPORT_DAMAGED`: a checksum of the input does not match. */
export class ImportDamagedError extends QantoError {
  /** The number of complete blocks before the damage. */
  readonly blocks: number;

  /** `problem` says what is damaged, and begins the message. */
  constructor(problem: string, blocks: number) {
    super('ERR_QANTO_IMPORT_DAMAGED', `${problem} (after ${blocks} blocks); export the blocks again`);
    this.blocks = blocks;
  }
}

/** `ERR_QANTO_IMPORT_WRONG_NETWORK`: the export contains blocks of another network, or of other parameters. */
export class ImportWrongNetworkError extends QantoError {
  /** The network of the export and its genesis block. */
  readonly found: string;
  /** The network of the DAG and its genesis block. */
  readonly expected: string;

  constructor(found: string, expected: string) {
    super(
      'ERR_QANTO_IMPORT_WRONG_NETWORK',
      `the export contains blocks of ${found}, not of ${expected}; choose the network with --network`,
    );
    this.found = found;
    this.expected = expected;
  }
}

/** `ERR_QANTO_IMPORT_MISSING_PARENTS`: neither the export nor the DAG has the parents of a block. */
export class ImportMissingParentsError extends QantoError {
  /** Hash of the block. */
  readonly hash: string;
  /** Hashes of the parents that are missing. */
  readonly missing: readonly string[];

  constructor(hash: string, missing: readonly string[]) {
    super(
      'ERR_QANTO_IMPORT_MISSING_PARENTS',
      `neither the export nor the DAG has the parents of block ${hash} (${missing.join(', ')}). The node that wrote the export had ` +
        'pruned older blocks. Import the export of an archive first, or restore a backup instead',
    );
    this.hash = hash;
    this.missing = missing;
  }
}
