// Jest's documentation recommends this for tests with the syntax of ES modules.
module.exports = { presets: [['@babel/preset-env', { targets: { node: 'current' } }]] };
