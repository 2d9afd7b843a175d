/** The errors of the control socket. */
import { QantoError } from 'qanto';
import type { JsonRpcFailure } from './messages.ts';

/**
 * `ERR_QANTO_CONTROL_UNAVAILABLE`: a node cannot listen on the control socket of its data directory. The node works without
 * the socket. `cause` is the error of the system, if there is one.
 */
export class ControlUnavailableError extends QantoError {
  /** The path of the socket, or the name of the pipe on Windows. */
  readonly path: string;

  /** `problem` says what is wrong, and completes the message. */
  constructor(path: string, problem: string, cause?: unknown) {
    super('ERR_QANTO_CONTROL_UNAVAILABLE', `the control socket ${path} cannot be used: ${problem}`, {
      cause,
    });
    this.path = path;
  }
}

/**
 * `ERR_QANTO_CONTROL_UNREACHABLE`: a process uses the data directory, but does not answer on its control socket. `cause` is the
 * error of the system, if there is one.
 */
export class ControlUnreachableError extends QantoError {
  /** The data directory. */
  readonly directory: string;

  /** `problem` says what happened, and ends the message. */
  constructor(directory: string, problem: string, cause?: unknown) {
    super('ERR_QANTO_CONTROL_UNREACHABLE', `the process that uses ${directory} does not answer: ${problem}`, {
      cause,
    });
    this.directory = directory;
  }
}

/** `ERR_QANTO_CONTROL_VERSION`: the node and the command use different versions of the protocol of the control socket. */
export class ControlVersionError extends QantoError {
  /** The version of the protocol that the node has. */
  readonly node: number;
  /** The version of the protocol that the client has. */
  readonly client: number;

  /** The two versions differ. */
  constructor(node: number, client: number) {
    const [newer, older] = node > client ? ['node', 'command'] : ['command', 'node'];
    super(
      'ERR_QANTO_CONTROL_VERSION',
      `the node has version ${node} of the control protocol, and the command has version ${client}; ` +
        `the ${newer} is newer, so use a ${older} of the same release`,
    );
    this.node = node;
    this.client = client;
  }
}

/** `ERR_QANTO_CONTROL_PROTOCOL`: the other side of a control socket sent something that is not a valid message. */
export class ControlProtocolError extends QantoError {
  /** `problem` is a whole sentence. */
  constructor(problem: string) {
    super('ERR_QANTO_CONTROL_PROTOCOL', problem);
  }
}

/** `ERR_QANTO_CONTROL_UNKNOWN_METHOD`: a node has no method with this name. */
export class UnknownMethodError extends QantoError {
  /** The name that was requested. */
  readonly method: string;

  /** `known` are the names of all methods. */
  constructor(method: string, known: readonly string[]) {
    super(
      'ERR_QANTO_CONTROL_UNKNOWN_METHOD',
      `the method ${JSON.stringify(method.slice(0, 100))} does not exist; the methods are ${known.join(', ')}`,
    );
    this.method = method;
  }
}

/** `ERR_QANTO_CONTROL_BUSY`: a client has too many requests, or a node has too many clients. */
export class ControlBusyError extends QantoError {
  /** The limit that was reached. */
  readonly limit: number;

  /** `what` names what is limited, such as "requests at a time". */
  constructor(limit: number, what: string) {
    super('ERR_QANTO_CONTROL_BUSY', `a node answers at most ${limit} ${what}; try again later`);
    this.limit = limit;
  }
}

/** `ERR_QANTO_NO_STORE`: the directory contains no block store. Nothing was created. */
export class NoStoreError extends QantoError {
  /** The data directory. */
  readonly directory: string;

  /** `problem` says what was found instead. */
  constructor(directory: string, problem: string) {
    super(
      'ERR_QANTO_NO_STORE',
      `${directory} contains no block store: ${problem}; name the data directory of a node (--data-dir <dir>)`,
    );
    this.directory = directory;
  }
}

/**
 * `ERR_QANTO_NO_NODE`: a command needs a running node, and none answers in the data directory. `cause` is the error of the
 * system, if there is one.
 */
export class NoNodeError extends QantoError {
  /** The data directory. */
  readonly directory: string;

  /** `problem` says why nobody answered, and ends the message. */
  constructor(directory: string, problem: string, cause?: unknown) {
    super('ERR_QANTO_NO_NODE', `no node answers in ${directory}: ${problem}`, { cause });
    this.directory = directory;
  }
}

/** `ERR_QANTO_BLOCK_NOT_FOUND`: the DAG contains no block with this hash, or has dropped it by pruning. */
export class BlockNotFoundError extends QantoError {
  /** The hash that was requested. */
  readonly hash: string;

  /** `hash` has 64 hex digits. */
  constructor(hash: string) {
    super(
      'ERR_QANTO_BLOCK_NOT_FOUND',
      `the DAG contains no block ${hash}; it never accepted this block, or pruning has dropped it`,
    );
    this.hash = hash;
  }
}

/** `ERR_QANTO_STORE_PRUNED`: blocks were dropped by pruning while the store was being read. Start again. */
export class StorePrunedError extends QantoError {
  constructor() {
    super(
      'ERR_QANTO_STORE_PRUNED',
      'the node has dropped old blocks while its store was being read, so blocks are missing; start again',
    );
  }
}

/** An error that a node reported over its control socket. It has the code and the fields of the original error. */
export class RemoteError extends QantoError {
  /** Converts the error of an answer. */
  constructor({ message, data }: JsonRpcFailure) {
    const { code = 'ERR_QANTO_UNEXPECTED', ...fields } = data ?? {};
    super(code, message);
    const { name: _name, message: _message, stack: _stack, ...rest } = fields;
    Object.assign(this, rest);
  }
}

/** `ERR_QANTO_NO_PAGE`: no node is running in a data directory, or it serves no page. */
export class NoPageError extends QantoError {
  /** The data directory. */
  readonly directory: string;

  /** `problem` completes the message. */
  constructor(directory: string, problem: string, cause?: unknown) {
    super('ERR_QANTO_NO_PAGE', `there is no page for ${directory}: ${problem}`, { cause });
    this.directory = directory;
  }
}
