/** Values on their way to the server: shown at once, marked as not saved, gone when the answer is there. */

import { applyEntry } from 'app/grid/shorthand.js'

/** @typedef {import('app/grid/editing.js').CellEntry} CellEntry */

export class Pending {
  /** @type {Map<string, {value: number | null, gesture: object}>} */
  #cells = new Map()

  /** @param {CellEntry[]} cells @param {object} gesture @param {(key: string, col: number) => number | null} shown */
  add(cells, gesture, shown) {
    for (const { key, col, entry } of cells) {
      const before = shown(key, col)
      const value = entry === null ? before : applyEntry(entry, before)
      this.#cells.set(id(key, col), { value, gesture })
    }
  }

  /** A later gesture on the same cell keeps its own value. @param {object} gesture */
  drop(gesture) {
    for (const [cell, { gesture: owner }] of this.#cells) {
      if (owner === gesture) this.#cells.delete(cell)
    }
  }

  /** @param {string} key @param {number} col */
  get(key, col) {
    return this.#cells.get(id(key, col))
  }

  get size() {
    return this.#cells.size
  }
}

const id = (key, col) => `${key}\n${col}`
