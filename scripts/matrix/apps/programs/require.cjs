const qanto = require('qanto');
const dag = require('qanto/dag');
const exercise = require('./exercise.cjs');

exercise(qanto, dag).then(() => console.log('ok'));
