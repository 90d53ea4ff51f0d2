import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labelOf, tell } from 'app/grid/mass-dialog.js'

test('an effect is told in cells, units and what is left alone', () => {
  const lines = tell({ series: 12, cells: 120, before: 100, after: 90, locked: 1, frozen: 4 })
  assert.equal(lines[0], '120 cells of 12 series change')
  assert.match(lines[1], /100 → 90 units \(−10\)/)
  assert.equal(lines[2], 'Left alone: 1 locked and 4 frozen cells')
})

test('the undo list names what was done', () => {
  assert.equal(labelOf({ kind: 'percent', amount: '5' }), 'Change by 5 %')
  assert.equal(labelOf({ kind: 'copy', amount: '' }), 'Copy last year')
})
