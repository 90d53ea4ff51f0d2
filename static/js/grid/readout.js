/** What is said about the selection: its figures at once, its row and value when it has come to rest. */

import { announce } from 'app/announce.js'
import { nameOf } from 'app/grid/cells.js'
import { formatNumber } from 'app/grid/format.js'
import { summarise } from 'app/grid/selection.js'

const PAUSE_MS = 150
const COUNTED_ROWS = 5000

export class Readout {
  #parts
  #timer = 0

  /**
   * @param {object} parts
   * @param {import('app/grid/tree.js').Tree} parts.tree
   * @param {import('app/grid/view.js').GridView} parts.view
   * @param {import('app/grid/selection.js').Selection} parts.selection
   * @param {import('app/grid/provider.js').Provider} parts.provider
   * @param {import('app/grid/saver.js').Saver} parts.saver
   * @param {import('app/grid/status-bar.js').StatusBar} parts.status
   * @param {(detail: {key: string, label: string, kind: string, month: string | null}) => void} parts.onRow
   */
  constructor(parts) {
    this.#parts = parts
  }

  /** The figures of the block in the status bar, of the rows that are loaded. */
  show() {
    const { tree, selection, saver, status } = this.#parts
    const { top, left, bottom, right } = selection.block
    const values = []
    for (let row = top; row <= Math.min(bottom, top + COUNTED_ROWS); row += 1) {
      const key = tree.at(row)?.key
      for (let col = left; key && col <= right; col += 1) values.push(saver.shown(key, col - 1))
    }
    status.summarise(summarise(values), selection.isSingle ? 1 : (bottom - top + 1) * (right - left + 1))
  }

  settleSoon() {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#settled(), PAUSE_MS)
  }

  stop() {
    clearTimeout(this.#timer)
  }

  /** The page may show the row, the value is read out, and the rest of a long block is fetched to be counted. */
  #settled() {
    const { tree, view, selection, provider, saver, onRow } = this.#parts
    const { active, block } = selection
    const { key, row } = tree.at(active.row) ?? {}
    const column = view.columns[active.col - 1]
    if (row) onRow({ key, label: row.label, kind: row.kind, month: column?.id ?? null })
    if (row && column && selection.isSingle) {
      announce(`${nameOf(row, column)}: ${formatNumber(saver.shown(key, active.col - 1), row.decimals)}`)
    }
    if (block.bottom - block.top < COUNTED_ROWS) provider.ensure(block.top, block.bottom)
  }
}
