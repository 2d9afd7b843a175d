const { QantoError } = require('qanto');
const node = require('qanto-node');
const exerciseNode = require('./exercise-node.cjs');

if (node.QantoError !== QantoError) throw new Error('qanto-node exports another QantoError than qanto');
exerciseNode(node).then(() => console.log('ok'));
