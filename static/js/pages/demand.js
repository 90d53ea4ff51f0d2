/** The Demand page: the side panel follows the selected row and month; filters apply as they are chosen. */

import 'app/charts/fan-chart.js'
import 'app/grid/planning-grid.js'
import { withQuery } from 'app/http.js'

const grid = document.querySelector('planning-grid')
const chart = document.querySelector('fan-chart')
const cell = document.getElementById('cell')
const name = document.querySelector('[data-row-name]')
const why = document.querySelector('[data-why]')
const version = document.querySelector('[data-plan-version]')
let selected = { key: 'total', month: '' }

grid.addEventListener('row-selected', (event) => {
  const { key, label, month } = event.detail
  if (key === base(key)) name.textContent = label
  if (base(key) !== base(selected.key)) chart.setAttribute('src', withQuery(chart.dataset.src, { row: base(key) }))
  why.href = withQuery(why.dataset.why, { row: base(key) })
  selected = { key, month }
  showCell()
})

grid.addEventListener('saved', (event) => {
  if (version && event.detail.version) version.textContent = event.detail.version
  chart.setAttribute('src', chart.getAttribute('src'))
  showCell()
})

for (const choice of document.querySelectorAll('[data-filters] select')) {
  choice.addEventListener('change', () => choice.form.requestSubmit())
}

/** How the selected number came about; htmx drops the answer to a question that is no longer asked. */
function showCell() {
  if (!/^\d{4}-\d{2}$/.test(selected.month ?? '')) return
  const url = withQuery(cell.dataset.src, { row: base(selected.key), month: selected.month })
  window.htmx.ajax('GET', url, { source: cell, target: cell, swap: 'innerHTML' })
}

/** @param {string} key the row of a measure's row */
function base(key) {
  return key.split('/')[0]
}
