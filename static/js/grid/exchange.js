/** Native copy, cut and paste events of the grid's text box, as blocks of numbers. */

import { isTotal } from 'app/grid/cells.js'
import { fromTSV, toTSV } from 'app/grid/clipboard.js'
import { plainNumber } from 'app/grid/format.js'

/** Which columns of a copied block are totals travels beside the text, for a paste back into a grid. */
const OWN_TYPE = 'application/x-evenkeel-totals'
const MOST_ROWS = 5000

/**
 * @typedef {object} ExchangeParts
 * @property {import('app/grid/tree.js').Tree} tree
 * @property {import('app/grid/provider.js').Provider} provider
 * @property {import('app/grid/selection.js').Selection} selection
 * @property {import('app/grid/editor.js').Editor} editor
 * @property {() => import('app/grid/cells.js').Column[]} columns
 * @property {(key: string, col: number) => number | null} shown
 * @property {import('app/grid/sheet.js').Sheet} sheet
 * @property {(sentence: string) => void} say
 */

export class Exchange {
  #parts

  /** @param {ExchangeParts} parts */
  constructor(parts) {
    this.#parts = parts
    const { box } = parts.editor
    box.addEventListener('copy', (event) => this.#onCopy(event))
    box.addEventListener('cut', (event) => this.#onCopy(event))
    box.addEventListener('paste', (event) => this.#onPaste(event))
  }

  #onCopy(event) {
    const { editor, provider, selection, columns, say } = this.#parts
    if (editor.open) return
    event.preventDefault()
    const { top, left, bottom, right } = selection.block
    if (bottom - top >= MOST_ROWS) return say(`Copy at most ${MOST_ROWS} rows at a time; export the plan for more.`)
    if (!provider.complete(top, bottom)) {
      provider.ensure(top, bottom).then(() => say('The selected rows are loaded now: copy again.'))
      return say('Loading the selected rows…')
    }
    const rows = []
    for (let row = top; row <= bottom; row += 1) rows.push(this.#line(row, left, right))
    event.clipboardData.setData('text/plain', toTSV(rows))
    const totals = columns()
      .slice(left - 1, right)
      .map(isTotal)
    event.clipboardData.setData(OWN_TYPE, JSON.stringify(totals))
    say(`Copied ${rows.length} × ${right - left + 1}`)
  }

  #line(row, left, right) {
    const { key } = this.#parts.tree.at(row)
    const cells = []
    for (let col = left; col <= right; col += 1) cells.push(plainNumber(this.#parts.shown(key, col - 1)))
    return cells
  }

  async #onPaste(event) {
    const { editor, provider, selection, sheet, say } = this.#parts
    if (editor.open) return
    event.preventDefault()
    const text = event.clipboardData.getData('text/plain')
    if (text.trim() === '') return
    const totals = parseTotals(event.clipboardData.getData(OWN_TYPE))
    const block = fromTSV(text)
    if (block.length > MOST_ROWS) return say(`Paste at most ${MOST_ROWS} rows at a time; import a file for more.`)
    const { top, bottom } = selection.block
    await provider.ensure(top, Math.max(bottom, top + block.length - 1))
    sheet.paste(block, totals)
  }
}

function parseTotals(text) {
  return text ? JSON.parse(text) : undefined
}
