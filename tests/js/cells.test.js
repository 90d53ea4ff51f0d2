import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classesOf, closedBecause, describe, monthOf, nameOf, rowClassesOf } from 'app/grid/cells.js'

const july = { id: '2012-07', label: 'Jul', year: '2012', kind: 'plan', editable: true }
const may = { id: '2012-05', label: 'May', year: '2012', kind: 'past', editable: false }
const quarter = { id: '2012-Q3', label: 'Q3', year: '2012', kind: 'quarter', editable: false }
const row = (flags = '') => ({
  key: 'product:A',
  label: 'Fjell 500',
  editable: true,
  values: [],
  flags: { '2012-07': flags },
})

test('an open cell takes input', () => {
  assert.equal(closedBecause(row(), july), '')
  assert.equal(classesOf(row(), july, { value: 1, unsaved: false }), 'plan in')
})

test('marks combine, unknown ones are left out', () => {
  assert.equal(classesOf(row('ed nt xx'), july, { value: 1, unsaved: false }), 'plan ed nt in')
  assert.equal(describe(row('ed nt'), july), 'edited, has a comment')
})

test('locked cells are closed; frozen and slushy ones take input, and say what it needs', () => {
  assert.equal(closedBecause(row('lk'), july), 'locked')
  assert.equal(closedBecause(row('fz'), july), '')
  assert.match(describe(row('fz'), july), /needs approval/)
  assert.match(describe(row('sl'), july), /needs a reason/)
})

test('so are the past, totals and computed rows', () => {
  assert.equal(closedBecause(row(), may), 'the month is past')
  assert.match(closedBecause(row(), quarter), /totals/)
  assert.match(closedBecause({ ...row(), editable: false }, july), /computed/)
})

test('unsaved and empty have classes of their own', () => {
  assert.equal(classesOf(row(), july, { value: 5, unsaved: true }), 'plan un in')
  assert.equal(classesOf(row(), may, { value: null, unsaved: false }), 'past nil')
})

test('a cell is named by its row and month', () => {
  assert.equal(nameOf(row(), july), 'Fjell 500, Jul 2012')
  assert.equal(monthOf({ ...july, label: 'Jul 2012' }), 'Jul 2012')
})

test('the measure that counts is strong', () => {
  assert.equal(
    rowClassesOf({ kind: 'measure', depth: 2, measure: 'closing', strong: true }),
    'kind-measure depth-2 strong',
  )
  assert.equal(rowClassesOf({ kind: 'measure', depth: 2, measure: 'consensus' }), 'kind-measure depth-2 strong')
  assert.equal(rowClassesOf({ kind: 'measure', depth: 9, measure: 'opening' }), 'kind-measure depth-5')
  assert.equal(rowClassesOf({ kind: 'product', depth: 1, measure: 'closing' }), 'kind-product depth-1')
})
