import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyEntry, parseEntry, setTo } from 'app/grid/shorthand.js'

const CASES = [
  ['1200', 500, 1200],
  ['1 200', 500, 1200],
  ['1,200', 500, 1200],
  ['=1200', 500, 1200],
  ['=-20', 500, -20],
  ['+10%', 500, 550],
  ['-5%', 500, 475],
  ['*1.1', 500, 550],
  ['+500', 500, 1000],
  ['-20', 500, 480],
  ['\u221220', 500, 480],
  ['15k', 500, 15000],
  ['2m', 500, 2000000],
  ['+1.5k', 500, 2000],
]

for (const [typed, base, expected] of CASES) {
  test(`${typed} on ${base} is ${expected}`, () =>
    assert.equal(Math.round(applyEntry(typed, base) * 1e6) / 1e6, expected))
}

test('an empty cell counts as zero for a change', () => assert.equal(applyEntry('+500', null), 500))

test('refuses what means nothing', () => {
  for (const text of ['', 'abc', '10%', '+', '=', '*', 'k', '1e5x']) assert.equal(parseEntry(text), null, text)
})

test('a negative value is set, not subtracted', () => {
  assert.equal(setTo(-20), '=-20')
  assert.equal(applyEntry(setTo(-20), 500), -20)
  assert.equal(setTo(20), '20')
})
