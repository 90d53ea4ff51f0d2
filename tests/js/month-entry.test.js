import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MonthEntry } from 'app/entry/month.js'

const month = (data = {}) =>
  new MonthEntry({ month: '2027-05', label: 'May 27', value: '200', baseline: '200', version: '0', ...data })

test('shares of a month stay a share', () => {
  const may = month()
  may.step('*1.1')
  may.step('*1.1')
  assert.equal(Math.round(may.value), 242)
  assert.match(may.entry, /^\*1\.21/)
})

test('single units stay a difference, and none at all is no change', () => {
  const may = month()
  may.step('+1')
  may.step('+1')
  assert.equal(may.entry, '+2')
  may.step('-1')
  may.step('-1')
  assert.equal(may.changed, false)
})

test('a mixture is a number, and never negative', () => {
  const may = month({ value: '1.4', baseline: '1.4' })
  may.step('*1.1')
  may.step('+1')
  assert.equal(may.entry, '3')
  const low = month({ value: '0.5', baseline: '0.5' })
  low.step('-1')
  assert.deepEqual([low.value, low.entry], [0, '0'])
})

test('back to the baseline takes an entry back, or forgets what was not saved', () => {
  const entered = month({ value: '250', entered: '' })
  entered.step('')
  assert.deepEqual([entered.value, entered.entry, entered.asBaseline], [200, null, true])
  const fresh = month()
  fresh.step('*1.1')
  fresh.step('')
  assert.deepEqual([fresh.value, fresh.changed], [200, false])
})

test('what is typed is shorthand; nonsense is refused and the number shown is no change', () => {
  const may = month()
  assert.equal(may.type('+10%'), true)
  assert.equal(may.entry, '+10%')
  assert.equal(may.type('lots'), false)
  assert.equal(may.type('300'), true)
  assert.deepEqual([may.value, may.entry], [300, '300'])
  const same = month({ value: '200.04' })
  same.type('200')
  assert.equal(same.changed, false)
})

test('a cell carries what the page saw', () => {
  const may = month({ version: '3', value: '250', entered: '' })
  may.type('260')
  assert.deepEqual(may.asCell('series:1/measure:sales'), {
    row: 'series:1/measure:sales',
    month: '2027-05',
    entry: '260',
    base: 250,
    version: 3,
  })
})
