import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pending } from 'app/grid/pending.js'

const cell = (entry) => [{ key: 'a', col: 0, entry }]

test('shows the entry at once', () => {
  const pending = new Pending()
  pending.add(cell('+10%'), {}, () => 200)
  assert.equal(Math.round(pending.get('a', 0).value), 220)
})

test('a later gesture on the same cell keeps its value when the first is answered', () => {
  const pending = new Pending()
  const first = {}
  const second = {}
  pending.add(cell('5'), first, () => 0)
  pending.add(cell('6'), second, () => 5)
  pending.drop(first)
  assert.equal(pending.get('a', 0).value, 6)
  pending.drop(second)
  assert.equal(pending.size, 0)
})
