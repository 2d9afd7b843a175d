// As Jest's documentation says for tests in ES module syntax.
module.exports = { presets: [['@babel/preset-env', { targets: { node: 'current' } }]] };
