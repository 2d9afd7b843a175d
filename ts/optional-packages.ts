/**
 * The packages that only some users need, loaded by the first call that needs them. They are optional peer
 * dependencies: the host installs the ones it uses.
 */
import { MissingPackageError } from './errors.ts';
import { isNotFound, requireFromProgram } from './require.ts';

/** Throws `MISSING_PACKAGE` when prom-client is not installed. */
export function promClient(): typeof import('prom-client') {
  try {
    return require('prom-client') as typeof import('prom-client');
  } catch (error) {
    return fromProgram('prom-client', error, 'new Metrics()') as typeof import('prom-client');
  }
}

/** Throws `MISSING_PACKAGE` when winston is not installed. */
export function winston(): typeof import('winston') {
  try {
    return require('winston') as typeof import('winston');
  } catch (error) {
    return fromProgram('winston', error, 'createLogger()') as typeof import('winston');
  }
}

/** Throws `MISSING_PACKAGE` when `@opentelemetry/api` is not installed. */
export function openTelemetryApi(): typeof import('@opentelemetry/api') {
  try {
    return require('@opentelemetry/api') as typeof import('@opentelemetry/api');
  } catch (error) {
    return fromProgram('@opentelemetry/api', error, 'tracing') as typeof import('@opentelemetry/api');
  }
}

function fromProgram(name: string, error: unknown, neededBy: string): unknown {
  try {
    return requireFromProgram(name, error);
  } catch (cause) {
    if (isNotFound(cause, name)) throw new MissingPackageError(name, neededBy, { cause });
    throw cause;
  }
}
