import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placesOf } from 'app/grid/presence.js'

const tree = { indexOf: (key) => ({ total: 0, 'family:BIKES': 1 })[key] ?? -1 }
const columns = [{ id: '2027-01' }, { id: '2027-02' }]

test('a colleague stands at a cell, or at the label when no month is shown', () => {
  const others = [
    { name: 'Jonas Nyberg', row: 'family:BIKES', month: '2027-02' },
    { name: 'Sara Lind', row: 'total', month: '2031-01' },
  ]
  assert.deepEqual(placesOf(others, tree, columns), [
    { cell: { row: 1, col: 2 }, name: 'Jonas' },
    { cell: { row: 0, col: 0 }, name: 'Sara' },
  ])
})

test('who is at a row out of sight, or says not where, has no frame', () => {
  assert.deepEqual(placesOf([{ name: 'A', row: 'product:X' }, { name: 'B' }], tree, columns), [])
})

test('two at one cell share its frame', () => {
  const here = { row: 'total', month: '2027-01' }
  const [place, ...more] = placesOf(
    [
      { name: 'Ann Berg', ...here },
      { name: 'Bo Dahl', ...here },
    ],
    tree,
    columns,
  )
  assert.equal(place.name, 'Ann, Bo')
  assert.equal(more.length, 0)
})
