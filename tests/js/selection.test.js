import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Selection, summarise } from 'app/grid/selection.js'

const selection = () => new Selection(() => ({ rows: 10, cols: 6 }))

test('moves one cell and stops at the edges', () => {
  const it = selection()
  it.moveBy(1, 1)
  assert.deepEqual(it.active, { row: 1, col: 2 })
  it.moveBy(-99, 99)
  assert.deepEqual(it.active, { row: 0, col: 5 })
  assert.ok(it.isSingle)
})

test('the active cell stays while the block grows, in any direction', () => {
  const it = selection()
  it.moveTo({ row: 4, col: 4 })
  it.moveBy(-2, 0, { extend: true })
  it.moveBy(0, -1, { extend: true })
  assert.deepEqual(it.active, { row: 4, col: 4 })
  assert.deepEqual(it.block, { top: 2, left: 3, bottom: 4, right: 4 })
})

test('a move without extending starts from the active cell', () => {
  const it = selection()
  it.moveBy(3, 0, { extend: true })
  it.moveBy(1, 0)
  assert.deepEqual(it.active, { row: 1, col: 1 })
  assert.ok(it.isSingle)
})

test('a block begun on a label takes whole rows', () => {
  const it = selection()
  it.moveTo({ row: 2, col: 0 })
  it.moveBy(1, 0, { extend: true })
  assert.deepEqual(it.block, { top: 2, left: 1, bottom: 3, right: 5 })
})

test('a block never reaches into the labels', () => {
  const it = selection()
  it.moveTo({ row: 2, col: 2 })
  it.moveTo({ row: 2, col: 0 }, { extend: true })
  assert.deepEqual(it.block, { top: 2, left: 1, bottom: 2, right: 2 })
})

test('infinity is the last', () => {
  const it = selection()
  it.moveTo({ row: Number.POSITIVE_INFINITY, col: Number.POSITIVE_INFINITY })
  assert.deepEqual(it.active, { row: 9, col: 5 })
})

test('sums up what is there and leaves out what is not', () => {
  assert.deepEqual(summarise([1, null, 3, 8]), { count: 3, sum: 12, average: 4, min: 1, max: 8 })
  assert.equal(summarise([null]), null)
})
