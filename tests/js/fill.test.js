import assert from 'node:assert/strict'
import { test } from 'node:test'
import { repeats, sourceDown, sourceRight, stretch } from 'app/grid/fill.js'

const block = (top, left, bottom, right) => ({ top, left, bottom, right })

test('grows along the longer way only', () => {
  assert.deepEqual(stretch(block(2, 2, 2, 2), { row: 5, col: 3 }), block(2, 2, 5, 2))
  assert.deepEqual(stretch(block(2, 2, 2, 2), { row: 3, col: 6 }), block(2, 2, 2, 6))
  assert.deepEqual(stretch(block(2, 2, 3, 3), { row: 0, col: 3 }), block(0, 2, 3, 3))
  assert.deepEqual(stretch(block(2, 2, 3, 3), { row: 2, col: 2 }), block(2, 2, 3, 3))
})

test('never reaches into the labels', () => {
  assert.deepEqual(stretch(block(2, 2, 2, 2), { row: 2, col: 0 }), block(2, 1, 2, 2))
})

test('repeats the source, also backwards', () => {
  const down = repeats(block(0, 1, 1, 1), block(0, 1, 4, 1))
  assert.deepEqual(
    down.map(({ from }) => from.row),
    [0, 1, 0],
  )
  const up = repeats(block(3, 1, 4, 1), block(1, 1, 4, 1))
  assert.deepEqual(
    up.map(({ to, from }) => [to.row, from.row]),
    [
      [1, 3],
      [2, 4],
    ],
  )
})

test('Ctrl+D takes the top row of a block, or the row above a single one', () => {
  assert.deepEqual(sourceDown(block(2, 1, 5, 3)), block(2, 1, 2, 3))
  assert.deepEqual(sourceDown(block(2, 1, 2, 3)), block(1, 1, 1, 3))
})

test('Ctrl+R takes the left column of a block, or the column before a single one', () => {
  assert.deepEqual(sourceRight(block(2, 2, 5, 4)), block(2, 2, 5, 2))
  assert.deepEqual(sourceRight(block(2, 2, 5, 2)), block(2, 1, 5, 1))
})
