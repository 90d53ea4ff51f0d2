import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromTSV, pastedEntry, tile, toTSV, withoutColumns } from 'app/grid/clipboard.js'

test('a block survives the way there and back', () => {
  const block = [
    ['1', 'two "2"', ''],
    ['3.5', 'a\tb', 'line\nbreak'],
  ]
  assert.deepEqual(fromTSV(toTSV(block)), block)
})

test('reads what a spreadsheet writes: a line break at the end, quotes only where needed', () => {
  assert.deepEqual(fromTSV('1\t2\r\n3\t4\r\n'), [
    ['1', '2'],
    ['3', '4'],
  ])
  assert.deepEqual(fromTSV('"a ""b"""\t"x\ny"'), [['a "b"', 'x\ny']])
  assert.deepEqual(fromTSV('12"\t5'), [['12"', '5']])
})

test('one cell fills the selection', () => {
  assert.deepEqual(tile([['7']], 2, 3), [
    ['7', '7', '7'],
    ['7', '7', '7'],
  ])
})

test('a block repeats when it fits a whole number of times, else keeps its size', () => {
  assert.deepEqual(tile([['1', '2']], 2, 4), [
    ['1', '2', '1', '2'],
    ['1', '2', '1', '2'],
  ])
  assert.deepEqual(tile([['1', '2']], 1, 3), [['1', '2']])
})

test('columns of totals can be left out', () => {
  assert.deepEqual(withoutColumns([['1', '2', '3']], [false, true, false]), [['1', '3']])
})

test('pasted numbers are set, shorthand stays shorthand, the rest is not read', () => {
  assert.equal(pastedEntry(' 1 200 '), '1200')
  assert.equal(pastedEntry('-20'), '=-20')
  assert.equal(pastedEntry('+10%'), '+10%')
  assert.equal(pastedEntry('Jan'), null)
})

test('an empty cell is left alone', () => {
  assert.equal(pastedEntry('  '), undefined)
  assert.equal(pastedEntry('·'), undefined)
})
