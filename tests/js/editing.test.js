import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Gestures } from 'app/grid/editing.js'
import { Tree } from 'app/grid/tree.js'

const month = (id) => ({ id, label: id, year: '2012', kind: 'plan', editable: true })
const COLUMNS = [
  month('jul'),
  month('aug'),
  { ...month('q3'), kind: 'quarter', editable: false },
  month('oct'),
  month('nov'),
]

function gestures() {
  const tree = new Tree()
  const row = (key, flags = {}) => ({
    key,
    label: key,
    kind: 'product',
    depth: 0,
    children: 0,
    editable: true,
    values: [1, 2, 3, 4, 5],
    flags,
  })
  tree.setChildren('', 0, [row('a'), row('b', { aug: 'lk' }), row('c')], 3)
  return new Gestures({ tree, columns: () => COLUMNS, shown: (key, col) => tree.row(key).values[col] })
}
const written = (gesture) => gesture.cells.map(({ key, col, entry }) => `${key}.${COLUMNS[col].id}=${entry}`)

test('types into one cell', () => {
  assert.deepEqual(written(gestures().enter({ top: 0, left: 1, bottom: 0, right: 1 }, '+10%')), ['a.jul=+10%'])
})

test('deletes a block, past its totals and locked cells', () => {
  const gesture = gestures().enter({ top: 0, left: 2, bottom: 1, right: 4 }, null)
  assert.deepEqual(written(gesture), ['a.aug=null', 'a.oct=null', 'b.oct=null'])
  assert.equal(gesture.note, '1 cell left alone: locked')
})

test('says why a lone total takes no entry', () => {
  assert.match(gestures().enter({ top: 0, left: 3, bottom: 0, right: 3 }, '5').note, /totals/)
})

test('pastes plain months on months, past the totals', () => {
  const gesture = gestures().paste([['10', '20', '30']], { top: 0, left: 1, bottom: 0, right: 1 })
  assert.deepEqual(written(gesture), ['a.jul=10', 'a.aug=20', 'a.oct=30'])
})

test('a block copied here loses its totals before it is pasted', () => {
  const gesture = gestures().paste([['10', '99', '30']], { top: 2, left: 2, bottom: 2, right: 2 }, [false, true, false])
  assert.deepEqual(written(gesture), ['c.aug=10', 'c.oct=30'])
})

test('one pasted number fills the selected block', () => {
  const gesture = gestures().paste([['7']], { top: 0, left: 1, bottom: 2, right: 2 })
  assert.deepEqual(written(gesture), ['a.jul=7', 'a.aug=7', 'b.jul=7', 'c.jul=7', 'c.aug=7'])
  assert.match(gesture.note, /locked/)
})

test('tells what could not be read and what fell outside', () => {
  const gesture = gestures().paste(
    [
      ['Jan', '5'],
      ['1', '2'],
    ],
    { top: 2, left: 4, bottom: 2, right: 4 },
  )
  assert.deepEqual(written(gesture), ['c.nov=5'])
  assert.equal(gesture.note, '1 cell not read: “Jan” for c, oct 2012; 2 cells outside the grid')
})

test('fills months from months only', () => {
  const gesture = gestures().fill({ top: 0, left: 1, bottom: 0, right: 2 }, { top: 0, left: 1, bottom: 0, right: 5 })
  assert.deepEqual(written(gesture), ['a.oct=1', 'a.nov=2'])
})
