import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { genesisBlock } from '../../../ts/dag/genesis.ts';
import { devnet, REJECTION_CODES } from '../../../ts/dag/index.ts';
import { toHex } from '../../../ts/pow/index.ts';

/** Jest runs in the project's root. */
const protocol = readFileSync('docs/protocol.md', 'utf8');

describe('docs/protocol.md', () => {
  test('lists every rule in the order they are checked', () => {
    const listed = [...protocol.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code);
    expect(listed).toEqual([...REJECTION_CODES]);
  });

  test("shows devnet's genesis header and hash as they are", () => {
    const { header, hash } = genesisBlock(devnet);
    expect(protocol.replaceAll('\n', '')).toContain(toHex(header));
    expect(protocol).toContain(hash);
  });

  test("shows the payload of devnet's genesis as it is", () => {
    const [payload] = genesisBlock(devnet).block.payloads;
    expect(protocol.replaceAll('\n', '')).toContain(new TextDecoder().decode(payload));
  });
});
