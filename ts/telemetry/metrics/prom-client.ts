import { optionalPackage } from '../../optional-packages.ts';

/** Throws `ERR_QANTO_MISSING_PACKAGE` when prom-client is not installed. */
export function promClient(): typeof import('prom-client') {
  try {
    return require('prom-client') as typeof import('prom-client');
  } catch (error) {
    return optionalPackage('prom-client', 'new Metrics()', error) as typeof import('prom-client');
  }
}
