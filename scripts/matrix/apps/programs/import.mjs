import * as qanto from 'qanto';
import * as dag from 'qanto/dag';
import exercise from './exercise.cjs';

exercise(qanto, dag).then(() => console.log('ok'));
