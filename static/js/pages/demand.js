/** The Demand page: the side panel follows the selected row and month; filters apply as they are chosen. */

import 'app/charts/fan-chart.js'
import 'app/pages/decide-panel.js'
import 'app/grid/planning-grid.js'
import { changeDensity } from 'app/grid/density.js'
import { drawAvatars } from 'app/grid/presence.js'
import { withQuery } from 'app/http.js'
import { RowSections } from 'app/pages/row-sections.js'

const grid = document.querySelector('planning-grid')
const chart = document.querySelector('fan-chart')
const name = document.querySelector('[data-row-name]')
const why = document.querySelector('[data-why]')
const members = document.querySelector('[data-members]')
const version = document.querySelector('[data-plan-version]')
const sections = new RowSections(document.querySelectorAll('[data-row-src]'))
let shown = 'total'

grid.addEventListener('row-selected', (event) => {
  const { key, label, kind, month } = event.detail
  const row = key.split('/')[0]
  if (kind !== 'measure') name.textContent = label
  if (row !== shown) chart.setAttribute('src', withQuery(chart.dataset.src, { row }))
  why.href = withQuery(why.dataset.why, { row })
  shown = row
  members.hidden = !row.startsWith('series:')
  sections.follow({ row, month: month ?? '', measure: key.split('/measure:')[1] ?? '' })
})

grid.addEventListener('saved', (event) => {
  if (version && event.detail.version) version.textContent = event.detail.version
  chart.setAttribute('src', chart.getAttribute('src'))
  sections.reload()
})

const present = document.querySelector('[data-presence]')
grid.addEventListener('others', (event) => present && drawAvatars(present, event.detail.others))

members.addEventListener('click', () => {
  members.setAttribute('aria-pressed', String(chart.toggleAttribute('members')))
})

/** What a section did to the plan (a decision, say) shows in the grid at once. */
document.addEventListener('ek:plan-changed', () => grid.refresh())

/** A change in the list of latest changes is taken back, as with Ctrl+Z. */
document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest('[data-undo]') : null
  if (button) grid.undo(button.dataset.undo)
  event.target.closest?.('.ek-menu .list > button')?.closest('details').removeAttribute('open')
  if (event.target.closest?.('[data-change-many]')) grid.changeMany()
  if (event.target.closest?.('[data-density]')) changeDensity()
})

for (const choice of document.querySelectorAll('[data-filters] select, [data-filters] input[type=checkbox]')) {
  choice.addEventListener('change', () => choice.form.requestSubmit())
}

/** What was said shows in the section and as a mark on its cell. */
document.addEventListener('ek:change', (event) => {
  if (!event.detail.kind.startsWith('comment.')) return
  grid.refresh()
  sections.reload()
})

/** A line of the inbox leads to a comment: it is brought into sight when its section has come. */
document.getElementById('comments')?.addEventListener('htmx:afterSettle', () => {
  const named = /^#comment-\d+$/.test(location.hash) && document.querySelector(location.hash)
  if (!named) return
  named.classList.add('here')
  named.scrollIntoView({ block: 'nearest' })
})
