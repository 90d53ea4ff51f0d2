import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Saver } from 'app/grid/saver.js'
import { Tree } from 'app/grid/tree.js'

const COLUMNS = [{ id: '2012-07', label: 'Jul', year: '2012', kind: 'plan', editable: true }]
const row = (value, version) => ({
  key: 'a',
  label: 'Fjell 500',
  kind: 'product',
  depth: 0,
  children: 0,
  editable: true,
  values: [value],
  versions: { '2012-07': version },
})
const gesture = (entry) => ({ cells: [{ key: 'a', col: 0, entry }], label: `Entry ${entry}`, note: '' })
const problem = (status, body) =>
  Object.assign(new Error(body.detail ?? ''), { status, body, errors: body.errors ?? {} })

function setUp(answers, decide = async () => [], explain = async () => null) {
  const tree = new Tree()
  tree.setChildren('', 0, [row(100, 1)], 1)
  const posts = []
  const post = async (kind, body) => {
    posts.push({ kind, ...body })
    const answer = answers.shift()
    if (answer instanceof Error) throw answer
    return answer
  }
  const saver = new Saver({ tree, columns: () => COLUMNS, post, onScreen: () => ['a'], decide, explain })
  const told = []
  for (const type of ['saved', 'refused', 'note', 'conflict'])
    saver.addEventListener(type, ({ detail }) => told.push([type, detail.text]))
  const settled = () => new Promise((resolve) => saver.addEventListener('settled', () => saver.busy || resolve()))
  return { tree, saver, posts, told, settled }
}

test('saves, shows the value meanwhile, and can be undone', async () => {
  const { saver, posts, told, settled } = setUp([
    { change_set: 'one', version: 2, rows: [row(120, 2)], note: '' },
    { change_set: 'two', version: 3, rows: [row(100, 3)], note: '' },
  ])
  saver.apply(gesture('120'))
  assert.equal(saver.shown('a', 0), 120)
  assert.equal(saver.saved('a', 0), 100)
  await settled()
  assert.equal(saver.saved('a', 0), 120)
  assert.deepEqual(posts[0].cells, [{ row: 'a', month: '2012-07', entry: '120', base: 100, version: 1 }])
  saver.undo()
  await settled()
  assert.equal(posts[1].change_set, 'one')
  assert.equal(saver.shown('a', 0), 100)
  assert.deepEqual(told.at(-1), ['saved', 'Undone: Entry 120'])
})

test('a second edit of the same cell waits and builds on the answer to the first', async () => {
  const { saver, posts, settled } = setUp([
    { change_set: 'one', version: 2, rows: [row(120, 2)] },
    { change_set: 'two', version: 3, rows: [row(130, 3)] },
  ])
  saver.apply(gesture('120'))
  saver.apply(gesture('+10'))
  assert.equal(saver.shown('a', 0), 130)
  await settled()
  assert.deepEqual(posts[1].cells, [{ row: 'a', month: '2012-07', entry: '+10', base: 120, version: 2 }])
})

test('a refusal rolls back and names the cell', async () => {
  const { saver, told, settled } = setUp([problem(422, { errors: { 'cells.0': ['Locked by Ana.'] } })])
  saver.apply(gesture('120'))
  await settled()
  assert.equal(saver.shown('a', 0), 100)
  assert.deepEqual(told, [['refused', 'Nothing was saved. Fjell 500, Jul 2012: Locked by Ana.']])
  assert.equal(saver.undoable.size, 0)
})

test('a conflict is decided and then forced', async () => {
  const conflicts = [{ row: 'a', month: '2012-07', mine: 110, theirs: 90 }]
  const answers = [problem(409, { conflicts }), { change_set: 'one', version: 2, rows: [row(110, 3)] }]
  const { saver, posts, settled } = setUp(answers, async () => [{ key: 'a', col: 0, entry: '110' }])
  saver.apply(gesture('+10%'))
  await settled()
  assert.equal(posts[1].force, true)
  assert.equal(posts[1].cells[0].entry, '110')
  assert.equal(saver.shown('a', 0), 110)
})

test('a conflict given up writes nothing', async () => {
  const { saver, posts, told, settled } = setUp([problem(409, { conflicts: [] })])
  saver.apply(gesture('5'))
  await settled()
  assert.equal(posts.length, 1)
  assert.equal(saver.shown('a', 0), 100)
  assert.match(told.at(-1)[1], /newer values stay/)
})

test('a change that says not why is asked for its reason and saved with it', async () => {
  const answers = [problem(422, { reason_required: [{}] }), { change_set: 'one', version: 2, rows: [row(150, 2)] }]
  const { saver, posts, settled } = setUp(answers, undefined, async () => ({ reason: 'Fair' }))
  saver.apply(gesture('150'))
  await settled()
  assert.deepEqual([posts[1].reason, posts[1].cells[0].base], ['Fair', 100])
  assert.equal(saver.shown('a', 0), 150)
})

test('a frozen month is asked for, and the plan stays as it is', async () => {
  const answers = [problem(422, { approval_required: [{}] }), { request: 7, note: 'Asked for approval: +50.' }]
  const { saver, told, settled } = setUp(answers, undefined, async () => ({ reason: 'Fair' }))
  saver.apply(gesture('150'))
  await settled()
  assert.equal(saver.shown('a', 0), 100)
  assert.match(told.at(-1)[1], /Asked for approval/)
  assert.equal(saver.undoable.size, 0)
})

test('without a reason the change is dropped', async () => {
  const { saver, posts, settled } = setUp([problem(422, { reason_required: [{}] })], undefined, async () => null)
  saver.apply(gesture('150'))
  await settled()
  assert.deepEqual([posts.length, saver.shown('a', 0)], [1, 100])
})

test('what was undone can be done again until something else is changed', async () => {
  const answer = (change_set, value, version) => ({ change_set, version, rows: [row(value, version)] })
  const { saver, posts, settled } = setUp([answer('one', 120, 2), answer('two', 100, 3), answer('three', 120, 4)])
  saver.apply(gesture('120'))
  saver.undo()
  saver.redo()
  await settled()
  assert.deepEqual(
    posts.slice(1).map((post) => post.change_set),
    ['one', 'two'],
  )
  assert.deepEqual([saver.undoable.next, saver.redoable.next], ['three', null])
})

test('an entry that began before a colleague saved is measured against what was seen then', async () => {
  const { tree, saver, posts, settled } = setUp([{ change_set: 'one', version: 3, rows: [row(120, 3)] }])
  const seen = saver.glimpse('a', 0)
  tree.update([row(90, 2)])
  saver.apply({ ...gesture('120'), cells: [{ key: 'a', col: 0, entry: '120', seen }] })
  await settled()
  assert.deepEqual(posts[0].cells, [{ row: 'a', month: '2012-07', entry: '120', base: 100, version: 1 }])
})
