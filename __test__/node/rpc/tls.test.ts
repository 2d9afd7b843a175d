import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { temporaryDirectory } from '../control/support.ts';
import { openRpcNode, send, USER } from './support.ts';

/** A certificate for localhost and 127.0.0.1 until 2126, made with openssl for this test, and its key. */
const CERT = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUVN66lZ8Z3dVrRt5/bEZfcCYDwEIwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTIwMTA0NTk0MloYDzIxMjYxMTA3
MDQ1OTQyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASCjwkBnj9VgJU6jILp7NSkmr5pyrtUnh3NZ7Q9XQPOyva0rRIt0YZl
Dj4iuxs/o/JP7KQGVP4qP7VaICAMPIkgo28wbTAdBgNVHQ4EFgQUy3k6a37/Pp09
rrOZtM4h99/oiacwHwYDVR0jBBgwFoAUy3k6a37/Pp09rrOZtM4h99/oiacwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgDPdaYadaULbBTNjAFjS4G7BrA7+cvtnkxoj4rnAItpECIQCG
/YotkMFiLIfAiHZay/4jCISO5ytwpSn4wwI7hwh7rg==
-----END CERTIFICATE-----
`;
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgZOa3+VIBdt6ToPL1
sqJJa8rENjYhL18PdUSNYpux2eyhRANCAASCjwkBnj9VgJU6jILp7NSkmr5pyrtU
nh3NZ7Q9XQPOyva0rRIt0YZlDj4iuxs/o/JP7KQGVP4qP7VaICAMPIkg
-----END PRIVATE KEY-----
`;

function files(): { cert: string; key: string } {
  const directory = temporaryDirectory();
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => path.join(directory, name)) as [string, string];
  writeFileSync(cert, CERT);
  writeFileSync(key, KEY);
  return { cert, key };
}

function ask(url: string, authorization: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: 'POST', ca: CERT, headers: { authorization }, agent: false },
      (response) => {
        response.resume();
        resolve(response.statusCode!);
      },
    );
    sent.on('error', reject);
    sent.end('{"method":"getblockcount"}');
  });
}

test('With a certificate, JSON-RPC uses TLS, and may listen on every address', async () => {
  const rpc = { enabled: true, host: '0.0.0.0', port: 0, tls: files(), ...USER };
  const { node, client } = await openRpcNode({ rpc });
  const { port, protocol } = new URL(node.rpcUrl!);
  expect(protocol).toBe('https:');
  expect(await ask(`https://127.0.0.1:${port}`, client.authorization)).toBe(200);
  expect(await ask(`https://127.0.0.1:${port}`, 'Basic x')).toBe(401);
  await expect(send(`http://127.0.0.1:${port}`, '', {})).rejects.toThrow();
});

test('A key that is not that of the certificate keeps the node from opening', async () => {
  const { cert } = files();
  const rpc = { enabled: true, port: 0, tls: { cert, key: cert }, ...USER };
  await expect(openRpcNode({ rpc })).rejects.toMatchObject({ code: 'ERR_QANTO_RPC_TLS' });
});
