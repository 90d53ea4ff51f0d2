/** The Supply page: what stands above and beside the grid follows when production changes, by oneself or by a colleague. */

import 'app/charts/fan-chart.js'
import 'app/grid/planning-grid.js'
import { RowSections } from 'app/pages/row-sections.js'

const grid = document.querySelector('planning-grid')
const sections = new RowSections(document.querySelectorAll('[data-row-src]'))
const CHANGED = 'ek:production-changed'
const PAUSE_MS = 300
let timer = 0

function follow() {
  clearTimeout(timer)
  timer = setTimeout(() => document.dispatchEvent(new CustomEvent(CHANGED)), PAUSE_MS)
}

grid.addEventListener('saved', () => {
  follow()
  sections.reload()
})

grid.addEventListener('row-selected', ({ detail: { key, month } }) => {
  if (key && key !== 'parts') sections.follow({ row: key.split('/')[0], month: month ?? '', measure: '' })
})

/** The row that the grid opens at may have been selected before this module was there. */
const [start] = JSON.parse(grid.getAttribute('start-path') || '[]').at(-1) ?? []
if (start) sections.follow({ row: start.split('/')[0], month: grid.getAttribute('start-month') ?? '', measure: '' })

for (const choice of document.querySelectorAll('[data-filters] select')) {
  choice.addEventListener('change', () => choice.form.requestSubmit())
}

document.addEventListener('ek:change', ({ detail }) => {
  if (detail.object === grid.dataset.object) follow()
})
