/** Somebody else changed the same cells: theirs, mine and what both started from, one choice per cell. */

import { element } from 'app/dialogs.js'
import { nameOf } from 'app/grid/cells.js'
import { formatNumber } from 'app/grid/format.js'
import { setTo } from 'app/grid/shorthand.js'

/** @typedef {import('app/grid/saver.js').Conflict} Conflict @typedef {import('app/grid/editing.js').CellEntry} CellEntry */

/**
 * @param {Conflict[]} conflicts
 * @param {CellEntry[]} cells everything the gesture entered
 * @param {import('app/grid/cells.js').Column[]} columns
 * @returns {Promise<CellEntry[]>} what is to be written after all
 */
export function decide(conflicts, cells, columns) {
  const dialog = build(conflicts, columns)
  document.body.append(dialog)
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      const forced = dialog.returnValue === 'save' ? chosen(dialog, conflicts) : null
      dialog.remove()
      resolve(forced ? merge(conflicts, forced, cells, columns) : [])
    })
  })
}

/**
 * Cells nobody else touched, and mine where mine was chosen: as the very value the dialog showed, for "+10%" of a value
 * that moved meanwhile would be another number.
 */
export function merge(conflicts, forced, cells, columns) {
  const contested = new Map(conflicts.map((conflict, at) => [`${conflict.row}\n${conflict.month}`, at]))
  return cells.flatMap((cell) => {
    const at = contested.get(`${cell.key}\n${columns[cell.col].id}`)
    if (at === undefined) return [cell]
    if (!forced.has(at)) return []
    const { mine } = conflicts[at]
    return [{ ...cell, entry: cell.entry === null || mine === null ? null : setTo(mine) }]
  })
}

function build(conflicts, columns) {
  const dialog = element('dialog', { class: 'ek-dialog', 'aria-labelledby': 'conflict-title' })
  const title =
    conflicts.length === 1 ? 'This cell was changed meanwhile' : `${conflicts.length} cells were changed meanwhile`
  dialog.append(
    element('header', {}, element('h2', { id: 'conflict-title' }, title)),
    element('div', { class: 'body' }, table(conflicts, columns)),
    element(
      'footer',
      {},
      element('button', { class: 'bt', type: 'button', value: '' }, 'Drop my entry'),
      element('button', { class: 'bt pri', type: 'button', value: 'save' }, 'Save the choice'),
    ),
  )
  dialog.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('footer button') : null
    if (button) dialog.close(button.value)
  })
  return dialog
}

function table(conflicts, columns) {
  const head = ['Cell', 'Was', 'Theirs', 'Mine'].map((text, at) =>
    element('th', { scope: 'col', class: at === 1 ? 'n' : '' }, text),
  )
  const caption = element('caption', {}, 'Nothing has been written yet. Choose for each cell which number stays.')
  return element(
    'table',
    { class: 't pg-conflicts' },
    caption,
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...conflicts.map((conflict, at) => line(conflict, at, columns))),
  )
}

function line(conflict, at, columns) {
  return element(
    'tr',
    {},
    element(
      'th',
      { scope: 'row' },
      nameOf(
        conflict,
        columns.find(({ id }) => id === conflict.month),
      ),
    ),
    element('td', { class: 'n' }, formatNumber(conflict.base)),
    element(
      'td',
      {},
      choice(at, 'theirs', conflict.theirs, true),
      element('div', { class: 'micro faint' }, changedBy(conflict)),
    ),
    element('td', {}, choice(at, 'mine', conflict.mine, false)),
  )
}

/**
 * Who changed the cell, and when: "Dora, 8 Dec, 09:12". Nobody did when an entry was taken back or the baseline moved.
 * @param {Pick<Conflict, 'by' | 'at'>} conflict
 */
export function changedBy({ by, at }) {
  const moment = new Date(at ?? '')
  const when = Number.isNaN(moment.valueOf())
    ? ''
    : moment.toLocaleString('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
  return [by, when].filter(Boolean).join(', ')
}

function choice(at, whose, value, checked) {
  const input = element('input', { type: 'radio', name: `conflict-${at}`, value: whose })
  input.checked = checked
  return element('label', {}, input, `${whose === 'mine' ? 'Use mine' : 'Keep theirs'}: ${formatNumber(value)}`)
}

function chosen(dialog, conflicts) {
  return new Set(
    [...conflicts.keys()].filter((at) => dialog.querySelector(`[name="conflict-${at}"]:checked`)?.value === 'mine'),
  )
}
