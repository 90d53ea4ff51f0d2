import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Provider } from 'app/grid/provider.js'
import { openAt } from 'app/grid/start.js'
import { Tree } from 'app/grid/tree.js'

const row = (key, children = 0) => ({ key, label: key, kind: 'family', depth: 0, children, editable: true, values: [] })

function company() {
  const tree = new Tree()
  const below = { '': [row('total', 2)], total: [row('a', 250), row('b', 3)] }
  for (const parent of ['a', 'b']) {
    below[parent] = Array.from({ length: parent === 'a' ? 250 : 3 }, (_, at) => row(`${parent}${at}`))
  }
  const fetch = async ({ parent, offset, limit }) => ({
    columns: [],
    total: below[parent].length,
    rows: below[parent].slice(offset, offset + limit),
    version: 1,
  })
  return { tree, provider: new Provider({ tree, fetch, onAnswer: () => {}, onProblem: assert.fail }) }
}

test('a row far down is opened and found, whatever stands open before it', async () => {
  const parts = company()
  const path = [
    ['total', 0],
    ['a', 0],
    ['a230', 230],
  ]
  assert.equal(await openAt(path, parts), 2 + 230)
  assert.equal(
    await openAt(
      [
        ['total', 0],
        ['b', 1],
        ['b2', 2],
      ],
      parts,
    ),
    1 + 251 + 1 + 2,
  )
})

test('a row that is not there is nowhere', async () => {
  assert.equal(await openAt([], company()), -1)
  assert.equal(
    await openAt(
      [
        ['total', 0],
        ['c', 1],
      ],
      company(),
    ),
    -1,
  )
})
