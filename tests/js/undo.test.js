import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UndoStack } from 'app/grid/undo.js'

test('gives back the last change set first', () => {
  const stack = new UndoStack()
  stack.push('one', 'Entry 5')
  stack.push('two', 'Paste, 4 cells')
  assert.equal(stack.next, 'two')
  assert.equal(stack.label, 'Paste, 4 cells')
  stack.remove('two')
  assert.equal(stack.next, 'one')
})

test('is empty in the end', () => {
  const stack = new UndoStack()
  assert.equal(stack.next, null)
  assert.equal(stack.label, '')
})

test('forgets the oldest beyond its limit', () => {
  const stack = new UndoStack(2)
  for (const each of ['one', 'two', 'three']) stack.push(each, each)
  assert.equal(stack.size, 2)
  stack.remove('three')
  assert.equal(stack.next, 'two')
})
