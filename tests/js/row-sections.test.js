import assert from 'node:assert/strict'
import { test } from 'node:test'

globalThis.location ??= new URL('http://test/')
const { addressOf } = await import('app/pages/row-sections.js')

const place = { row: 'product:BK-1', month: '2027-01', measure: '' }

test('a section is asked for the row and the month', () => {
  assert.equal(
    addressOf({ rowSrc: '/c/?unit=units' }, place),
    '/c/?unit=units&row=product%3ABK-1&month=2027-01&measure=',
  )
})

test('a total is no month: a section of the row hears none, one that needs a month waits', () => {
  assert.equal(addressOf({ rowSrc: '/c/' }, { ...place, month: '2027-Q1' }), '/c/?row=product%3ABK-1&month=&measure=')
  assert.equal(addressOf({ rowSrc: '/c/', rowNeeds: 'month' }, { ...place, month: '2027-Q1' }), '')
})

test('a section without an address is left out', () => {
  assert.equal(addressOf({}, place), '')
})
