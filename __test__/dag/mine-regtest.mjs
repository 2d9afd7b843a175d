import { encodeHeader, hashHeader } from '../../dist/dag/index.js';

/** The block of a template with a nonce whose hash meets regtest's target, 2^255 - 1: its highest bit is 0. */
export function mineRegtest(template) {
  for (let nonce = 0; ; nonce++) {
    const block = template.withNonce(nonce);
    if (Number.parseInt(hashHeader(encodeHeader(block.header))[0], 16) < 8) return block;
  }
}
