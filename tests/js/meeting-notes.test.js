import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clock, merge } from 'app/meeting/notes.js'

test('who alone has written is kept', () => {
  assert.equal(merge('a', 'a b', 'a'), 'a b')
  assert.equal(merge('a', 'a', 'a c'), 'a c')
})

test('two who write on at the end both keep their words', () => {
  assert.equal(merge('a', 'a\nmine', 'a\ntheirs'), 'a\ntheirs\nmine')
  assert.equal(merge('', 'mine', 'theirs'), 'theirs\nmine')
})

test('an earlier line changed by one and a later added by the other both stay', () => {
  assert.equal(merge('one\ntwo', 'ONE\ntwo', 'one\ntwo\nthree'), 'ONE\ntwo\nthree')
})

test('no line of mine is lost when both rewrote', () => {
  const both = merge('one\ntwo', 'one changed\ntwo', 'one\ntwo changed')
  for (const line of ['one changed', 'two changed']) assert.ok(both.includes(line), line)
})

test('a clock runs past its end', () => {
  assert.deepEqual([200, 9, 0, -61].map(clock), ['3:20', '0:09', '0:00', '\u22121:01'])
})
