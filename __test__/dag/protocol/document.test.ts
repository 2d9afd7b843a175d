import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { genesisBlock } from '../../../ts/dag/genesis.ts';
import { devnet, REJECTION_CODES } from '../../../ts/dag/index.ts';
import { toHex } from '../../../ts/pow/index.ts';

/** Jest runs in the root of the repository. */
const protocol = readFileSync('docs/protocol.md', 'utf8');

describe('The document docs/protocol.md', () => {
  test('lists all rules in the order in which they are checked', () => {
    const listed = [...protocol.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code);
    // The encoding is checked in three stages, so its code is listed three times.
    expect(listed.filter((code) => code === 'ERR_QANTO_MALFORMED')).toHaveLength(3);
    expect([...new Set(listed)]).toEqual([...REJECTION_CODES]);
  });

  test('shows the genesis header and hash of devnet', () => {
    const { header, hash } = genesisBlock(devnet);
    expect(protocol.replaceAll('\n', '')).toContain(toHex(header));
    expect(protocol).toContain(hash);
  });

  test('shows the payload of the genesis block of devnet', () => {
    const [payload] = genesisBlock(devnet).block.payloads;
    expect(protocol.replaceAll('\n', '')).toContain(new TextDecoder().decode(payload));
  });
});
