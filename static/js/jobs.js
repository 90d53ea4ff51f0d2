/** Keeps the running jobs in the top bar up to date. */

import { element } from 'app/dialogs.js'

const LABELS = { forecast: 'Forecast', supply: 'Supply plan', capacity: 'Capacity check', scenario: 'Scenario' }
const OVER = new Set(['done', 'failed', 'cancelled'])
const LINGER_MS = 4000

export function startJobs() {
  document.addEventListener('ek:run', (event) => show(event.detail))
}

/** @param {{id: number, kind: string, state: string, percent: number}} run */
function show(run) {
  const jobs = document.getElementById('jobs')
  if (!jobs) return
  const known = jobs.querySelector(`[data-run="${CSS.escape(String(run.id))}"]`)
  if (!known && OVER.has(run.state)) return
  const entry = known ?? jobs.appendChild(draw(run))
  entry.querySelector('progress').value = run.percent
  entry.querySelector('[data-percent]').textContent = String(run.percent)
  if (OVER.has(run.state)) {
    if (run.state !== 'done') entry.querySelector('.words').textContent = `${label(run)} ${run.state}`
    setTimeout(() => entry.remove(), LINGER_MS)
  }
}

function draw(run) {
  return element(
    'span',
    { class: 'ek-jobs', 'data-run': String(run.id) },
    element('span', { class: 'words' }, label(run)),
    element('progress', { max: '100', value: '0', 'aria-label': label(run) }),
    element('span', { class: 'tn' }, element('span', { 'data-percent': '' }, '0'), ' %'),
  )
}

const label = (run) => LABELS[run.kind] ?? run.kind
