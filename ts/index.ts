/** The public API of qanto. */
export * from './environment.ts';
export * from './errors.ts';
export * from './pow/index.ts';
