// Without winston and prom-client, the calls that need them name the package to install, and all other calls work.
import * as qanto from 'qanto';
import * as dag from 'qanto/dag';
import { createLogger, Metrics, MissingPackageError } from 'qanto/telemetry';
import exercise from './exercise.cjs';

for (const [name, call] of [
  ['winston', () => createLogger()],
  ['prom-client', () => new Metrics()],
]) {
  let error;
  try {
    call();
  } catch (thrown) {
    error = thrown;
  }
  const isRight = error instanceof MissingPackageError && error.code === 'ERR_QANTO_MISSING_PACKAGE';
  if (!isRight || !error.message.includes(`npm install ${name}`)) throw new Error(`${name}: ${error}`);
}
await exercise(qanto, dag);
console.log('ok');
