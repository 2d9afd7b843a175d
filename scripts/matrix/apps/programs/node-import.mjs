import { QantoError } from 'qanto';
import * as node from 'qanto-node';
import exerciseNode from './exercise-node.cjs';

if (node.QantoError !== QantoError) throw new Error('qanto-node has a QantoError of its own');
await exerciseNode(node);
console.log('ok');
