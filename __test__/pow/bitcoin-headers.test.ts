import { expect, test } from '@jest/globals';
import {
  blockHeader,
  difficultyFromCompact,
  digestToInteger,
  displayHash,
  fromHex,
  prepare,
  sha256d,
  solvePow,
  verifyPow,
} from '../../ts/pow/index.ts';
import { describeWithFixtures, fixtureText } from '../fixtures.ts';

interface MinedHeader {
  height: number;
  header: Uint8Array;
  hash: string;
  nonce: number;
}

function headers(): MinedHeader[] {
  const [, ...lines] = fixtureText('bitcoin/mainnet-headers.csv').trim().split('\n');
  return lines.map((line) => {
    const [height = '', header = '', hash = ''] = line.split(',');
    const bytes = fromHex(header, 80);
    return {
      height: Number(height),
      header: bytes,
      hash,
      nonce: new DataView(bytes.buffer).getUint32(76, true),
    };
  });
}

describeWithFixtures('The 401 Bitcoin mainnet headers', ['bitcoin/mainnet-headers.csv'], () => {
  test('are valid and hash to their block hashes in the chain', () => {
    const all = headers();
    expect(all).toHaveLength(401);
    for (const { header, hash, nonce } of all) {
      const template = blockHeader(header);
      expect(verifyPow(template, nonce)).toBe(true);
      expect(displayHash(prepare(template).digest(nonce))).toBe(hash);
      expect(displayHash(sha256d(header))).toBe(hash);
    }
  });

  test('are invalid if one bit is flipped', () => {
    for (const { header, height } of headers()) {
      const flipped = header.slice();
      // A different bit of each header, but not of the compact bits (bytes 72 to 75), which would change the target.
      const bit = (height * 7919) % 640;
      const byte = bit >> 3 >= 72 && bit >> 3 < 76 ? 76 : bit >> 3;
      flipped[byte] = flipped[byte]! ^ (1 << (bit & 7));
      const nonce = new DataView(flipped.buffer).getUint32(76, true);
      expect(verifyPow(blockHeader(flipped), nonce)).toBe(false);
    }
  });

  test('are found by a search that starts a little before their nonce', async () => {
    for (const { header, hash, nonce } of headers()) {
      const template = blockHeader(header);
      const found = await solvePow(template, { startNonce: Math.max(0, nonce - 1000), maxHashes: 1001 });
      expect(found.nonce).toBe(BigInt(nonce));
      expect(displayHash(found.digest)).toBe(hash);
      expect(digestToInteger(found.digest) <= template.target).toBe(true);
    }
  });

  test('reach a difficulty above 1.6 * 10^11 at height 403,200', () => {
    const last = headers().at(-1)!;
    expect(difficultyFromCompact(new DataView(last.header.buffer).getUint32(72, true))).toBeGreaterThan(
      1.6e11,
    );
  });
});
