import { QantoError } from 'qanto';
import * as node from 'qanto-node';
import exerciseNode from './exercise-node.cjs';

if (node.QantoError !== QantoError) throw new Error('qanto-node exports another QantoError than qanto');
await exerciseNode(node);
console.log('ok');
