import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PAGE, Provider } from 'app/grid/provider.js'
import { Tree } from 'app/grid/tree.js'

const row = (key, children = 0) => ({
  key,
  label: key,
  kind: 'product',
  depth: 0,
  children,
  editable: true,
  values: [1],
})

/** A server with one long list, which writes down what it is asked. */
function setUp(total = 1000) {
  const asked = []
  const problems = []
  const tree = new Tree()
  const fetch = async (query, signal) => {
    asked.push(query)
    await new Promise((resolve) => setTimeout(resolve, 5))
    if (signal?.aborted) throw Object.assign(new Error('aborted'), { name: 'AbortError' })
    if (query.keys) return { columns: [], total: 0, rows: query.keys.split(',').map((key) => row(key)), version: 2 }
    if (query.offset === 900) throw new Error('broken')
    const count = Math.min(PAGE, total - query.offset)
    return {
      columns: [],
      total,
      version: 1,
      rows: Array.from({ length: count }, (_, at) => row(`r${query.offset + at}`)),
    }
  }
  const provider = new Provider({
    tree,
    fetch,
    onAnswer: () => {},
    onProblem: (problem) => problems.push(problem.message),
  })
  return { tree, provider, asked, problems }
}

test('loads the first page', async () => {
  const { tree, provider } = setUp()
  await provider.start()
  assert.equal(tree.length, 1000)
  assert.equal(tree.at(99).key, 'r99')
  assert.equal(tree.at(100).row, null)
})

test('asks for each page once', async () => {
  const { provider, asked } = setUp()
  await provider.start()
  provider.show(90, 130)
  provider.show(95, 135)
  await provider.ensure(100, 140)
  assert.deepEqual(
    asked.map(({ offset }) => offset),
    [0, 100],
  )
})

test('gives up a page that scrolled away, but not one that is needed whole', async () => {
  const { tree, provider } = setUp()
  await provider.start()
  const needed = provider.ensure(200, 210)
  provider.show(300, 310)
  provider.show(500, 510)
  await needed
  await provider.ensure(500, 510)
  assert.equal(tree.at(305).row, null)
  assert.equal(tree.at(205).key, 'r205')
  assert.equal(provider.complete(500, 510), true)
})

test('a broken page is told once and tried again only when asked', async () => {
  const { provider, asked, problems } = setUp()
  await provider.start()
  await provider.ensure(900, 910)
  provider.show(900, 910)
  assert.deepEqual(problems, ['broken'])
  assert.equal(asked.length, 2)
  provider.retry()
  await provider.ensure(900, 910)
  assert.equal(asked.length, 3)
})

test('rows that may have changed are asked for again by key', async () => {
  const { tree, provider, asked } = setUp()
  await provider.start()
  tree.markStale()
  provider.show(0, 1)
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual(asked.at(-1), { keys: 'r0,r1' })
  assert.equal(tree.isStale('r0'), false)
  assert.equal(tree.isStale('r5'), true)
})
