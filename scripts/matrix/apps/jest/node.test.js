test('QantoNode of qanto-node mines, serves and stops', () =>
  require('./exercise-node.cjs')(require('qanto-node')));
