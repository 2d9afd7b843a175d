import { optionalPackage } from '../../optional-packages.ts';

/** Loads prom-client. Throws `ERR_QANTO_MISSING_PACKAGE` if it is not installed. */
export function promClient(): typeof import('prom-client') {
  try {
    return require('prom-client') as typeof import('prom-client');
  } catch (error) {
    return optionalPackage('prom-client', 'new Metrics()', error) as typeof import('prom-client');
  }
}
