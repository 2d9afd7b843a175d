const { QantoError } = require('qanto');
const node = require('qanto-node');
const exerciseNode = require('./exercise-node.cjs');

if (node.QantoError !== QantoError) throw new Error('qanto-node has a QantoError of its own');
exerciseNode(node).then(() => console.log('ok'));
