/** My entry: twelve months of one row; a tap or a key changes the chosen month, one button saves them and goes on. */

import 'app/charts/fan-chart.js'
import { announce } from 'app/announce.js'
import { MonthEntry } from 'app/entry/month.js'
import { decide } from 'app/grid/conflict-dialog.js'
import { formatDifference, formatNumber, plainNumber } from 'app/grid/format.js'
import { postJSON } from 'app/http.js'

const buttons = [...document.querySelectorAll('[data-cells] button')]
const sheet = document.querySelector('[data-sheet]')
const number = document.getElementById('en-number')
const problem = document.querySelector('[data-problem]')
const chart = document.querySelector('fan-chart')
const more = sheet.querySelector('[data-more]')
const reason = sheet.elements.reason
const entries = buttons.map((button) => new MonthEntry(button.dataset))
let chosen = 0
let assumption = ''
let leaving = false

for (const [at, button] of buttons.entries()) button.addEventListener('click', () => choose(at))
for (const step of sheet.querySelectorAll('[data-step]')) {
  step.addEventListener('click', () => change(() => entries[chosen].step(step.dataset.step)))
}
for (const chip of chips()) chip.addEventListener('click', () => because(chip))
more.addEventListener('click', () => showMore(more.getAttribute('aria-expanded') !== 'true'))
reason.addEventListener('input', () => press(null))
number.addEventListener('change', takeTyped)
number.addEventListener('focus', () => number.select())
sheet.querySelector('[data-skip]').addEventListener('click', skip)
sheet.addEventListener('submit', (event) => {
  event.preventDefault()
  save(changed())
})
document.addEventListener('keydown', onKey)
addEventListener('beforeunload', (event) => {
  if (!leaving && changed().length > 0) event.preventDefault()
})
const first = buttons.findIndex((button) => !button.disabled)
choose(Math.max(0, first), false)

/** @param {number} at @param {boolean} [focus] */
function choose(at, focus = true) {
  chosen = at
  for (const [other, button] of buttons.entries()) {
    button.setAttribute('aria-pressed', String(other === at))
    button.tabIndex = other === at ? 0 : -1
  }
  if (focus) buttons[at].focus({ preventScroll: true })
  show()
}

/** @param {() => boolean} how */
function change(how) {
  const typed = number.value
  const understood = how()
  problem.textContent = understood ? '' : `“${typed}” is not a quantity. Write 120, +10%, -5 or 1k.`
  show()
  draw()
  return understood
}

function takeTyped() {
  return change(() => entries[chosen].type(number.value))
}

function show() {
  const { value, baseline, lastYear, label } = entries[chosen]
  const before = lastYear === null ? '' : `, last year ${formatNumber(lastYear)}`
  const why = buttons[chosen].dataset.why
  sheet.querySelector('[data-name]').textContent = label
  sheet.querySelector('[data-about]').textContent = `baseline ${fine(baseline)}${before}${why ? ` · “${why}”` : ''}`
  number.value = plainNumber(Math.round(value * 10) / 10)
  for (const [at, button] of buttons.entries()) paint(button, entries[at])
  total()
}

function paint(button, entry) {
  button.classList.toggle('ed', !entry.asBaseline)
  button.classList.toggle('un', entry.changed)
  button.querySelector('.v').textContent = formatNumber(entry.value)
  button.querySelector('.b').textContent = entry.asBaseline
    ? 'as baseline'
    : `${share(entry.value, entry.baseline, 0, ', ')}was ${fine(entry.baseline)}`
}

/** Small quantities with their first decimal, or a change of them could not be seen. */
function fine(value) {
  return formatNumber(value, value < 10 && value % 1 ? 1 : 0)
}

/** How far a value lies from another: "+10 %"; nothing when there is nothing to compare with. */
function share(value, base, decimals, after) {
  return base > 0 ? `${formatDifference((value / base - 1) * 100, decimals)} %${after}` : ''
}

function total() {
  const sum = (pick) => entries.reduce((all, entry) => all + (pick(entry) ?? Number.NaN), 0)
  const mine = sum((entry) => entry.value)
  const write = (place, text) => {
    document.querySelector(place).textContent = text
  }
  write('[data-total]', formatNumber(mine))
  write(
    '[data-on-baseline]',
    share(
      mine,
      sum((entry) => entry.baseline),
      1,
      ' on baseline',
    ),
  )
  write(
    '[data-on-last-year]',
    share(
      mine,
      sum((entry) => entry.lastYear),
      1,
      ' on last year',
    ),
  )
}

/** The chart follows what is not saved yet. */
function draw() {
  const { data } = chart
  const mine = data?.series.find(({ name }) => name === 'Mine')
  if (!mine) return
  for (const entry of entries) mine.values[data.months.indexOf(entry.month)] = entry.value
  chart.show(data)
}

function chips() {
  return [...sheet.querySelectorAll('[data-reason]')]
}

function because(chip) {
  const off = chip.getAttribute('aria-pressed') === 'true'
  reason.value = off ? '' : chip.dataset.reason
  press(off ? null : chip)
}

function press(pressed) {
  assumption = pressed?.dataset.assumption ?? ''
  for (const chip of chips()) chip.setAttribute('aria-pressed', String(chip === pressed))
}

function showMore(open) {
  more.setAttribute('aria-expanded', String(open))
  document.getElementById('en-more').hidden = !open
  if (open) reason.focus()
}

function changed() {
  return entries.filter((entry) => entry.changed)
}

/** As baseline: what is entered is taken back, also in the months that are not on the page. */
function skip() {
  for (const entry of entries) entry.step('')
  save(changed(), { skip: true })
}

/** @param {MonthEntry[]} months @param {{force?: boolean, skip?: boolean}} [how] */
async function save(months, { force = false, skip = false } = {}) {
  sheet.inert = true
  problem.textContent = ''
  try {
    await postJSON(sheet.dataset.save, {
      cells: months.map((entry) => entry.asCell(sheet.dataset.row)),
      reason: reason.value.trim(),
      assumption,
      expires: sheet.elements.expires.value,
      force,
      skip,
    })
    leaving = true
    location.assign(sheet.dataset.next)
  } catch (refusal) {
    sheet.inert = false
    if (refusal.body?.conflicts) await settle(refusal.body.conflicts, months, skip)
    else refuse(refusal.message)
  }
}

/** Somebody was faster: each contested month is chosen; mine and the undisputed rest are written. */
async function settle(conflicts, months, skip) {
  const columns = entries.map(({ month, label }) => ({ id: month, label, year: label.slice(-2) }))
  const cells = months.map((entry) => ({ key: sheet.dataset.row, col: entries.indexOf(entry), entry: entry.entry }))
  const kept = await decide(conflicts, cells, columns)
  if (kept.length === 0) {
    refuse('Nothing was saved. Reload the page to see what was entered meanwhile.')
    return
  }
  for (const cell of kept) entries[cell.col].entry = cell.entry
  await save(
    kept.map((cell) => entries[cell.col]),
    { force: true, skip },
  )
}

function refuse(sentence) {
  show()
  problem.textContent = sentence
  announce(sentence)
}

function onKey(event) {
  if (event.ctrlKey && event.key === 'Enter' && !sheet.hidden) {
    if (document.activeElement !== number || takeTyped()) sheet.requestSubmit()
  } else if (event.altKey && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) {
    event.preventDefault()
    document.querySelector(`a[data-turn="${event.key === 'ArrowLeft' ? 'before' : 'after'}"]`)?.click()
  } else if (event.target === number) onNumberKey(event)
  else if (buttons.includes(event.target)) onCellKey(event)
}

function onNumberKey(event) {
  if (event.key === 'Enter' && !event.ctrlKey) {
    event.preventDefault()
    if (takeTyped()) choose(Math.min(chosen + 1, buttons.length - 1), false)
    number.select()
  } else if (event.key === 'Escape') {
    show()
    buttons[chosen].focus()
  }
}

function onCellKey(event) {
  const wide = getComputedStyle(buttons[0].parentElement).gridTemplateColumns.split(' ').length
  const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -wide, ArrowDown: wide, Home: -chosen, End: buttons.length }
  if (event.key in moves) {
    event.preventDefault()
    choose(Math.max(0, Math.min(chosen + moves[event.key], buttons.length - 1)))
  } else if (sheet.hidden || event.ctrlKey || event.metaKey) return
  else if (event.key === 'Delete' || event.key === 'Backspace') change(() => entries[chosen].step(''))
  else if (/^[\d+\-*=.]$/.test(event.key)) {
    event.preventDefault()
    number.focus()
    number.value = event.key
    number.setSelectionRange(1, 1)
  }
}
