/** Compare mode: the panel follows the selected row; J and K move, B takes the blend, A the best record. */

import 'app/charts/fan-chart.js'
import 'app/pages/decide-panel.js'
import { withQuery } from 'app/http.js'

const page = document.querySelector('.cm-page')
const list = document.getElementById('compare-list')
const panel = document.getElementById('decide')
const chart = document.querySelector('fan-chart')
const name = document.querySelector('[data-row-name]')
let selected = panel?.dataset.row ?? ''

for (const choice of document.querySelectorAll('[data-filters] select')) {
  choice.addEventListener('change', () => choice.form.requestSubmit())
}

list.addEventListener('click', (event) => {
  const row = event.target.closest('tr[data-row]')
  if (row) select(row)
})

/** @param {HTMLElement} row */
function select(row) {
  if (!panel) return location.assign(withQuery(location.href, { row: row.dataset.row }))
  selected = row.dataset.row
  mark()
  name.textContent = row.dataset.name
  chart.setAttribute('src', withQuery(chart.dataset.src, { row: selected }))
  show()
  row.scrollIntoView({ block: 'nearest' })
}

function show() {
  window.htmx.ajax('GET', withQuery(panel.dataset.src, { row: selected }), { source: panel, target: panel })
}

function mark() {
  for (const row of rows()) {
    row.classList.toggle('sel', row.dataset.row === selected)
    const button = row.querySelector('.cm-pick')
    if (row.dataset.row === selected) button.setAttribute('aria-current', 'true')
    else button.removeAttribute('aria-current')
  }
}

/** @returns {HTMLElement[]} */
function rows() {
  return [...list.querySelectorAll('tr[data-row]')]
}

document.addEventListener('keydown', (event) => {
  const typing =
    event.target instanceof Element && event.target.closest('input:not([type=radio]), select, textarea, dialog')
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return
  const keys = { j: () => step(1), k: () => step(-1), b: takeBlend, a: takeBest }
  const act = keys[event.key.toLowerCase()]
  if (!act) return
  event.preventDefault()
  act()
})

/** @param {number} by */
function step(by) {
  const all = rows()
  const at = all.findIndex((row) => row.dataset.row === selected)
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)]
  if (next) select(next)
}

function takeBlend() {
  const blend = panel?.querySelector('[value=blend]')
  if (!blend) return
  // A key can be quicker than htmx, which takes a form over a moment after it came.
  window.htmx.process(panel)
  blend.checked = true
  blend.form.requestSubmit()
}

function takeBest() {
  if (panel) window.htmx.process(panel)
  panel?.querySelector('[data-best]')?.click()
}

/** The list as it is now, with the selection kept. */
function refresh() {
  const url = withQuery(list.dataset.src, selected ? { row: selected } : {})
  window.htmx.ajax('GET', url, { source: list, target: list, swap: 'innerHTML' }).then(mark)
}

document.addEventListener('ek:plan-changed', () => {
  document.querySelector('.cm-rules')?.removeAttribute('open')
  refresh()
  chart?.setAttribute('src', chart.getAttribute('src'))
})

/** What others change shows without a reload; an open choice is left alone. */
document.addEventListener('ek:change', (event) => {
  if (event.detail.object !== page.dataset.object) return
  refresh()
  if (panel && !panel.contains(document.activeElement)) show()
})
