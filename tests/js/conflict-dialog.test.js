import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changedBy, merge } from 'app/grid/conflict-dialog.js'

process.env.TZ = 'UTC'
const COLUMNS = [{ id: '2012-07' }, { id: '2012-08' }]
const conflict = (month, mine) => ({ row: 'family:bikes', month, mine, theirs: 90, by: 'Dora', at: null })
const cell = (col, entry) => ({ key: 'family:bikes', col, entry })

test('says who changed the cell and when', () => {
  assert.equal(changedBy({ by: 'Dora', at: '2026-12-08T09:12:00.123456+00:00' }), 'Dora, 8 Dec, 09:12')
})

test('says what is known, and nothing where nothing is', () => {
  assert.equal(changedBy({ by: 'Dora', at: null }), 'Dora')
  assert.equal(changedBy({ by: '', at: '2026-12-08T09:12:00+00:00' }), '8 Dec, 09:12')
  assert.equal(changedBy({ by: '', at: null }), '')
})

test('mine is written as the value that was shown, theirs is left alone', () => {
  const cells = [cell(0, '+10%'), cell(1, '+10%')]
  const conflicts = [conflict('2012-07', 110), conflict('2012-08', 110)]
  assert.deepEqual(merge(conflicts, new Set([1]), cells, COLUMNS), [cell(1, '110')])
})

test('a cell that nobody else touched is written as it was entered', () => {
  assert.deepEqual(merge([conflict('2012-07', 110)], new Set(), [cell(0, '+10%'), cell(1, '+10%')], COLUMNS), [
    cell(1, '+10%'),
  ])
})

test('a cell put back to the baseline stays that', () => {
  assert.deepEqual(merge([conflict('2012-07', null)], new Set([0]), [cell(0, null)], COLUMNS), [cell(0, null)])
})
