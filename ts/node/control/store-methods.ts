/** The methods of the control socket that work on the store of a data directory, without its DAG. */
import path from 'node:path';
import type { SqliteStore, StoreIdentity, WholeBlock } from 'qanto/dag';
import { mustBe } from 'qanto/internal';
import { z } from 'zod';
import { version } from '../library.ts';
import { ControlVersionError } from './errors.ts';
import { CONTROL_PROTOCOL } from './limits.ts';
import { ControlMethods } from './methods.ts';

/** The methods of a store that is open for the DAG with this identity. */
export function storeMethods(store: SqliteStore, identity: StoreIdentity): ControlMethods {
  return new ControlMethods()
    .add('hello', { protocol: z.int() }, ({ protocol }) => {
      if (protocol !== CONTROL_PROTOCOL) throw new ControlVersionError(CONTROL_PROTOCOL, protocol);
      return { protocol: CONTROL_PROTOCOL, version, pid: process.pid, ...identity };
    })
    .add('store.blocks', { from: z.int().min(0) }, async ({ from }) => {
      const { blocks, ...rest } = await store.readBlocks(from);
      const state = store.state && base64(store.state);
      return { blocks: blocks.map(encoded), ...rest, appended: store.size, state };
    })
    .add('store.backup', { target: z.string().min(1).max(4096) }, ({ target }, { signal, progress }) => {
      // The node and the command may be in different directories.
      if (!path.isAbsolute(target)) throw mustBe('params.target', target, 'an absolute path');
      return store.backup(target, { signal, onProgress: (done) => progress(done, 1) });
    });
}

/** A block as an answer contains it: bytes are in base64. */
export interface EncodedBlock {
  readonly hash: string;
  readonly isHeld: boolean;
  readonly head: string;
  readonly body: string;
  readonly trusted?: string;
}

function encoded({ hash, isHeld, head, body, trusted }: WholeBlock): EncodedBlock {
  return {
    hash,
    isHeld,
    head: base64(head),
    body: base64(body),
    ...(trusted && { trusted: base64(trusted) }),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}
