const assert = require('node:assert/strict');
const { select } = require('tripoll/select');
const { socketpair } = require('tripoll/socket');

const [a, b] = socketpair();
b.send(Buffer.from('x'));
assert.deepEqual(select([a], [], [], 0), [[a], [], []]);
assert.equal(typeof require('tripoll').Server, 'function');
console.log('commonjs works');
