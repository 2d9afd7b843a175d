/** Challenges and answers that come from standard input, in a process of their own. */
import { tmpdir } from 'node:os';
import { expect, test } from '@jest/globals';
import { Running } from './run.ts';

const cwd = tmpdir();
const STAMP = '1:20:040806:foo::65f460d0726f420d:13a6b8';

/** Runs the command with this standard input, in parts. */
async function piped(args: readonly string[], ...parts: readonly (string | Uint8Array)[]) {
  const running = new Running(args, { cwd, stdin: 'pipe' });
  // The command may end before it has read everything.
  running.child.stdin!.on('error', () => {});
  for (const part of parts) running.child.stdin!.write(part);
  running.child.stdin!.end();
  return running.finished;
}

test('The answer that solve prints as JSON is what verify takes from standard input', async () => {
  const event = {
    pubkey: 'a48380f4cfcc1ad5378294fcac36439770f9c878dd880ffa94bb74ea54a6f243',
    created_at: 1651794653,
    kind: 1,
    tags: [],
    content: 'A piped ünïcödé 😺 \u2028 \u202e \u0001',
  };
  const solved = await piped(
    ['solve', '--format', 'nostr', '-', '--set', 'bits=12', '--json'],
    JSON.stringify(event),
  );
  expect(solved).toMatchObject({ code: 0, stderr: '' });
  const verified = await piped(['verify', '--format', 'nostr', '--set', 'bits=12', '--json'], solved.stdout);
  expect(verified).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(verified.stdout).bits).toBe(JSON.parse(solved.stdout).bits);
});

test('A stamp is read from standard input, in parts and with a line break of Windows', async () => {
  const args = ['verify', '--format', 'hashcash', '--set', 'now=2004-08-07'];
  const outcome = await piped(args, STAMP.slice(0, 9), STAMP.slice(9), '\r\n');
  expect(outcome).toMatchObject({ code: 0, stdout: expect.stringMatching(/^valid +true$/m) });
});

test.each([
  ['nothing', [''], /not empty; got ""/],
  ['JSON that is cut off', ['{"nonce":'], /is not valid JSON/],
  ['bytes that are not text', [Uint8Array.of(0xff, 0xfe, 0x00)], /UTF-16/],
  ['more than the limit', Array(40).fill('x'.repeat(100_000)), /at most 262144 characters/],
])('Standard input with %s is refused with exit code 2', async (_, parts, message) => {
  const outcome = await piped(['verify', '--format', 'anubis', '--set', 'randomData=a', '--json'], ...parts);
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(JSON.parse(outcome.stderr)).toMatchObject({
    code: 'ERR_QANTO_INVALID_ARGUMENT',
    message: expect.stringMatching(message),
  });
});
