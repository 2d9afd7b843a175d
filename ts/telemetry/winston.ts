import { optionalPackage } from '../optional-packages.ts';

/** Loads winston. Throws `ERR_QANTO_MISSING_PACKAGE` if it is not installed. */
export function winston(): typeof import('winston') {
  try {
    return require('winston') as typeof import('winston');
  } catch (error) {
    return optionalPackage('winston', 'createLogger()', error) as typeof import('winston');
  }
}
