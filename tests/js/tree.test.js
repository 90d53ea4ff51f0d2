import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Tree } from 'app/grid/tree.js'

const row = (key, children = 0, depth = 0) => ({
  key,
  label: key,
  kind: 'product',
  depth,
  children,
  editable: true,
  values: [],
})
const keys = (tree) => Array.from({ length: tree.length }, (_, index) => tree.at(index).key)

function planted() {
  const tree = new Tree()
  tree.setChildren('', 0, [row('a', 2), row('b', 3), row('c')], 3)
  return tree
}

test('shows the top level', () => {
  assert.deepEqual(keys(planted()), ['a', 'b', 'c'])
})

test('unfolds in place, with room for children that are still to come', () => {
  const tree = planted()
  assert.equal(tree.setOpen('b', true), true)
  assert.deepEqual(keys(tree), ['a', 'b', null, null, null, 'c'])
  assert.deepEqual({ ...tree.at(3) }, { parent: 'b', offset: 1, siblings: 3, key: null, row: null, open: false })
})

test('fills the room when a page arrives', () => {
  const tree = planted()
  tree.setOpen('b', true)
  tree.setChildren('b', 0, [row('b1', 2, 1), row('b2', 0, 1), row('b3', 0, 1)], 3)
  assert.deepEqual(keys(tree), ['a', 'b', 'b1', 'b2', 'b3', 'c'])
})

test('folding a row hides everything below it and keeps what was open inside', () => {
  const tree = planted()
  tree.setOpen('b', true)
  tree.setChildren('b', 0, [row('b1', 2, 1), row('b2'), row('b3')], 3)
  tree.setOpen('b1', true)
  assert.equal(tree.length, 8)
  tree.setOpen('b', false)
  assert.deepEqual(keys(tree), ['a', 'b', 'c'])
  assert.equal(tree.indexOf('b1'), -1)
  tree.setOpen('b', true)
  assert.equal(tree.length, 8)
})

test('indexOf is the inverse of at', () => {
  const tree = planted()
  tree.setOpen('a', true)
  tree.setChildren('a', 0, [row('a1', 1, 1), row('a2', 0, 1)], 2)
  tree.setOpen('b', true)
  tree.setOpen('a1', true)
  tree.setChildren('a1', 0, [row('a11', 0, 2)], 1)
  for (const [index, key] of keys(tree).entries()) {
    if (key) assert.equal(tree.indexOf(key), index, key)
  }
  assert.equal(tree.indexOf('c'), tree.length - 1)
})

test('holds a hundred thousand children without holding their rows', () => {
  const tree = new Tree()
  tree.setChildren('', 0, [row('big', 100_000), row('after')], 2)
  tree.setOpen('big', true)
  assert.equal(tree.length, 100_002)
  assert.equal(tree.at(100_001).key, 'after')
  assert.equal(tree.at(50_000).offset, 49_999)
  tree.setChildren('big', 49_900, [row('x', 0, 1)], 100_000)
  assert.equal(tree.indexOf('x'), 49_901)
})

test('a parent that lost children forgets them', () => {
  const tree = planted()
  tree.setOpen('b', true)
  tree.setChildren('', 0, [row('a', 2), row('c')], 2)
  assert.deepEqual(keys(tree), ['a', 'c'])
  assert.equal(tree.row('b'), null)
})

test('a row without children does not unfold', () => {
  assert.equal(planted().setOpen('c', true), false)
})

test('newer versions replace rows in place, unknown ones are ignored', () => {
  const tree = planted()
  tree.markStale()
  assert.equal(tree.isStale('a'), true)
  assert.deepEqual(tree.update([{ ...row('a', 2), label: 'new' }, row('unknown')]), ['a'])
  assert.equal(tree.row('a').label, 'new')
  assert.equal(tree.isStale('a'), false)
  tree.settle(['b'])
  assert.equal(tree.isStale('b'), false)
})

test('knows the row above', () => {
  const tree = planted()
  tree.setOpen('a', true)
  tree.setChildren('a', 0, [row('a1'), row('a2')], 2)
  assert.equal(tree.parentOf('a1'), 'a')
  assert.equal(tree.parentOf('a'), null)
})
