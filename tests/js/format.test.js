import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatDifference, formatNumber, parseNumber, plainNumber } from 'app/grid/format.js'

test('groups thousands with a thin space', () => {
  assert.equal(formatNumber(12766), '12\u2009766')
  assert.equal(formatNumber(1234567.8), '1\u2009234\u2009568')
})

test('writes a true minus, and none before a zero', () => {
  assert.equal(formatNumber(-38), '\u221238')
  assert.equal(formatNumber(-0.2), '0')
})

test('tells a missing number from zero', () => {
  assert.equal(formatNumber(null), '·')
  assert.equal(formatNumber(0), '0')
})

test('signs differences', () => {
  assert.equal(formatDifference(5), '+5')
  assert.equal(formatDifference(-5), '\u22125')
  assert.equal(formatDifference(0), '±0')
})

test('writes exact digits for the editor and the clipboard', () => {
  assert.equal(plainNumber(12766.25), '12766.25')
  assert.equal(plainNumber(0.1 + 0.2), '0.3')
  assert.equal(plainNumber(null), '')
})

test('reads spaces, comma thousands, decimals and both minus signs', () => {
  assert.equal(parseNumber('12\u2009766'), 12766)
  assert.equal(parseNumber('12 766.5'), 12766.5)
  assert.equal(parseNumber('1,234,567'), 1234567)
  assert.equal(parseNumber('\u221238'), -38)
})

test('refuses what is not a number', () => {
  for (const text of ['', 'abc', '1,23', '1.2.3', '--5']) assert.ok(Number.isNaN(parseNumber(text)), text)
})
