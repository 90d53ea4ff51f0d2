import assert from 'node:assert/strict'
import { test } from 'node:test'
import { complete, matching, named, spotAt } from 'app/mentions.js'

const people = [
  { username: 'maja', name: 'Maja Keller' },
  { username: 'a.berg', name: 'Anders Berg' },
  { username: 'marketing', name: 'Ines Roth' },
]

test('a name is being typed from the @ to the caret', () => {
  assert.deepEqual(spotAt('Ask @Ma', 7), { start: 4, end: 7, query: 'ma' })
  assert.deepEqual(spotAt('@', 1), { start: 0, end: 1, query: '' })
  assert.equal(spotAt('Ask @maja now', 13), null)
  assert.equal(spotAt('info@maja', 9), null)
})

test('people are found by user name and by every word of their name', () => {
  assert.deepEqual(
    matching(people, 'ma').map((each) => each.username),
    ['maja', 'marketing'],
  )
  assert.deepEqual(
    matching(people, 'ber').map((each) => each.username),
    ['a.berg'],
  )
})

test('taking a name puts it where it was being typed and goes on behind it', () => {
  const spot = spotAt('Ask @ma about it', 7)
  assert.deepEqual(complete('Ask @ma about it', spot, people[0]), { text: 'Ask @maja about it', caret: 10 })
})

test('who is told: everybody named, once, whatever the case; a full stop is no part of a name', () => {
  assert.deepEqual(
    named('@Maja, @maja and @a.berg. Not info@marketing, nor @nobody', people).map((each) => each.name),
    ['Maja Keller', 'Anders Berg'],
  )
})
