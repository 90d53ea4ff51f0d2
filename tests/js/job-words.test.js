import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sentence } from 'app/job-words.js'

const run = (state, more = {}) => ({ state, done: 3, total: 8, message: '', error: '', eta_seconds: null, ...more })

test('says how far the job is and how long it takes', () => {
  assert.equal(sentence(run('queued', { total: 0 }), 'Forecast'), 'Waiting to start')
  assert.equal(sentence(run('running'), 'Forecast'), '3 of 8')
  assert.equal(sentence(run('running', { message: 'Solving', eta_seconds: 0.2 }), 'Forecast'), 'Solving, 1 s left')
})

test('a failure says why, and what is safe', () => {
  const refused = run('failed', { message: 'Solving', error: 'No product has a routing.' })
  assert.equal(
    sentence(refused, 'Supply plan'),
    'The supply plan failed: No product has a routing. The plan is as it was before.',
  )
  const broken = run('failed', { error: 'The supply job failed: division by zero' })
  assert.equal(
    sentence(broken, 'Supply plan'),
    'The supply plan failed: division by zero. The plan is as it was before.',
  )
  assert.match(sentence(run('failed', { error: undefined }), 'Forecast'), /^The forecast failed: no reason was given\./)
})

test('so does a cancelled job, and one that is done says so', () => {
  assert.match(sentence(run('cancelled'), 'Forecast'), /as it was before/)
  assert.equal(sentence(run('done'), 'Forecast'), 'Done.')
})
