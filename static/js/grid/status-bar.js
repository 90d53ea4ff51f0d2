/** Below the grid: what the selection adds up to, what was saved or left alone, what may be typed, undo. */

import { announce } from 'app/announce.js'
import { element } from 'app/dialogs.js'
import { formatNumber } from 'app/grid/format.js'

const FIGURES = { sum: 'Sum', average: 'Average', min: 'Min', max: 'Max' }

export class StatusBar {
  bar = element('div', { class: 'gs' })
  problem = element('div', { class: 'pg-problem', role: 'alert' })
  #count = element('span', { class: 'tn' })
  #figures = Object.fromEntries(Object.keys(FIGURES).map((name) => [name, element('b', {})]))
  #shown = Object.entries(FIGURES).map(([name, label]) => element('span', {}, `${label} `, this.#figures[name]))
  #note = element('span', { class: 'pg-note' })
  #undo = element('button', { class: 'bt s', type: 'button', title: 'Ctrl+Z' }, 'Undo')

  #base

  /** @param {{onUndo: () => void, base: string}} parts `base`: what Delete returns to */
  constructor({ onUndo, base }) {
    this.#base = base
    this.bar.append(this.#count, ...this.#shown, this.#note, this.#undo)
    this.#undo.addEventListener('click', onUndo)
    this.#undo.hidden = true
    this.problem.hidden = true
    this.setUndoable('')
  }

  /** Once there is a row to type into, it says how. */
  invite() {
    if (!this.#undo.hidden) return
    this.#undo.hidden = false
    if (!this.#note.textContent) this.#note.append(hint(this.#base))
  }

  /** @param {ReturnType<typeof import('app/grid/selection.js').summarise>} summary @param {number} cells */
  summarise(summary, cells) {
    this.#count.textContent = cells === 1 ? '' : `${formatNumber(cells)} cells`
    for (const shown of this.#shown) shown.hidden = !summary || cells === 1
    if (!summary) return
    for (const [name, figure] of Object.entries(this.#figures)) {
      figure.textContent = formatNumber(summary[name], decimalsOf(summary[name]))
    }
  }

  /** @param {string} sentence */
  note(sentence) {
    this.#note.textContent = sentence
    this.#note.title = sentence
    announce(sentence)
  }

  /** @param {string} sentence @param {(() => void) | undefined} [again] */
  refuse(sentence, again) {
    const close = element('button', { class: 'bt s', type: 'button' }, again ? 'Try again' : 'Close')
    close.addEventListener('click', () => {
      this.clearProblem()
      again?.()
    })
    this.problem.replaceChildren(element('span', {}, sentence), close)
    this.problem.hidden = false
  }

  clearProblem() {
    this.problem.hidden = true
  }

  /** @param {string} label what would be taken back */
  setUndoable(label) {
    this.#undo.disabled = label === ''
    this.#undo.title = label ? `Undo (Ctrl+Z): ${label}` : 'Nothing to undo'
  }
}

function hint(base) {
  return element('span', { class: 'hint' }, `type +10%, 15k, =1200 · Delete returns to the ${base}`)
}

function decimalsOf(value) {
  return Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : 1
}
