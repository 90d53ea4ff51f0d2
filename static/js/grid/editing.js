/** Turns gestures (typing, paste, fill, delete) into lists of entries for cells, leaving out cells that are closed. */

import { closedBecause, isTotal, lockable, marksOf, monthOf, nameOf } from 'app/grid/cells.js'
import { pastedEntry, tile, withoutColumns } from 'app/grid/clipboard.js'
import { repeats } from 'app/grid/fill.js'
import { setTo } from 'app/grid/shorthand.js'

/**
 * @typedef {import('app/grid/tree.js').Tree} Tree @typedef {import('app/grid/cells.js').Column} Column
 * @typedef {import('app/grid/selection.js').Block} Block
 * @typedef {{key: string, col: number, entry: string | null, seen?: {base: number | null, version: number | null} | null}} CellEntry
 *   `col` counts from the first month; `seen` is the cell as it stood when the entry began
 * @typedef {{cells: CellEntry[], label: string, note: string}} Gesture
 */

export class Gestures {
  #tree
  #columns
  #shown
  #base

  /** @param {{tree: Tree, columns: () => Column[], shown: (key: string, col: number) => number | null, base?: string}} parts */
  constructor({ tree, columns, shown, base = 'baseline' }) {
    this.#base = base
    this.#tree = tree
    this.#columns = columns
    this.#shown = shown
  }

  /** Why the cell at a visible place takes no input; empty when it does. @param {{row: number, col: number}} cell */
  closed({ row, col }) {
    const place = this.#tree.at(row)
    if (!place?.row) return 'the row is still loading'
    return col === 0 ? 'labels are kept with the products' : closedBecause(place.row, this.#columns()[col - 1])
  }

  /** The same entry in every cell of a block: typing (one cell), Ctrl+Enter, Delete. @param {Block} block @param {string | null} entry */
  enter(block, entry) {
    const collected = this.#collector(entry === null ? `Back to the ${this.#base}` : `Entry ${entry}`)
    const months = this.#monthsFrom(block.left).filter((col) => col <= block.right)
    for (let row = block.top; row <= block.bottom; row += 1) {
      for (const col of block.left === block.right ? [block.left] : months) collected.add({ row, col }, entry)
    }
    return collected.gesture()
  }

  /**
   * The cells of a block that can be locked, and whether the first of them is.
   * @param {Block} block
   * @returns {{cells: {row: string, month: string}[], locked: boolean}}
   */
  lockable(block) {
    const cells = []
    let locked = null
    for (let row = block.top; row <= block.bottom; row += 1) {
      const place = this.#tree.at(row)
      for (let col = block.left; place?.row && col <= block.right; col += 1) {
        const column = this.#columns()[col - 1]
        if (!lockable(place.row, column)) continue
        locked ??= marksOf(place.row.flags?.[column.id]).includes('lk')
        cells.push({ row: place.key, month: column.id })
      }
    }
    return { cells, locked: locked ?? false }
  }

  /**
   * What a change of many cells starts from: the plan's months, those of the selection, and its rows.
   * @param {Block} block
   */
  scope(block) {
    const months = this.#columns().filter((column) => column.editable && !isTotal(column))
    const chosen = months.filter((column) => {
      const col = this.#columns().indexOf(column) + 1
      return col >= block.left && col <= block.right
    })
    const rows = []
    for (let row = block.top; row <= block.bottom; row += 1) {
      const place = this.#tree.at(row)
      if (place?.row?.editable) rows.push(place.key)
    }
    return {
      months: months.map((column) => ({ id: column.id, label: monthOf(column) })),
      first: (chosen[0] ?? months[0]).id,
      last: (chosen.at(-1) ?? months.at(-1)).id,
      rows,
    }
  }

  /** Totals are neither filled nor repeated: months line up with months. @param {Block} source @param {Block} target */
  fill(source, target) {
    const months = this.#monthsFrom(1)
    const among = ({ left, right, ...rows }) => ({
      ...rows,
      left: months.findIndex((col) => col >= left),
      right: months.findLastIndex((col) => col <= right),
    })
    const collected = this.#collector('Fill')
    for (const { to, from } of repeats(among(source), among(target))) {
      const key = this.keyAt(from.row)
      const value = key && from.col in months ? this.#shown(key, months[from.col] - 1) : null
      collected.add({ row: to.row, col: months[to.col] }, value === null ? undefined : setTo(value))
    }
    return collected.gesture()
  }

  /**
   * A pasted block, from the top left of the selection on. Months line up with months: totals are neither written nor
   * counted, whether the block comes from here (`totals` says which of its columns are) or from a sheet of plain months.
   * @param {string[][]} text
   * @param {Block} block
   * @param {boolean[]} [totals]
   */
  paste(text, block, totals) {
    const cols = this.#monthsFrom(block.left)
    const wide = cols.filter((col) => col <= block.right).length
    const cells = tile(totals ? withoutColumns(text, totals) : text, block.bottom - block.top + 1, Math.max(1, wide))
    const collected = this.#collector('Paste')
    cells.forEach((line, down) => {
      line.forEach((written, across) => {
        if (cols[across] === undefined) collected.outside += pastedEntry(written) === undefined ? 0 : 1
        else collected.add({ row: block.top + down, col: cols[across] }, pastedEntry(written), written)
      })
    })
    return collected.gesture()
  }

  /** Columns that are not totals. @param {number} left */
  #monthsFrom(left) {
    return this.#columns().flatMap((column, at) => (isTotal(column) || at + 1 < left ? [] : [at + 1]))
  }

  #collector(label) {
    return new Collector(label, this)
  }

  /** @param {{row: number, col: number}} cell */
  name({ row, col }) {
    return nameOf(this.#tree.at(row)?.row ?? null, this.#columns()[col - 1])
  }

  /** @param {number} row */
  keyAt(row) {
    return this.#tree.at(row)?.key ?? null
  }
}

class Collector {
  outside = 0
  #cells = []
  #closed = new Map()
  #unread = []
  #label
  #gestures

  constructor(label, gestures) {
    this.#label = label
    this.#gestures = gestures
  }

  /** @param {{row: number, col: number}} cell @param {string | null | undefined} entry @param {string} [written] what a paste held */
  add(cell, entry, written) {
    if (entry === undefined) return
    const key = this.#gestures.keyAt(cell.row)
    if (!key) {
      this.outside += 1
      return
    }
    const reason = this.#gestures.closed(cell)
    if (reason) this.#closed.set(reason, (this.#closed.get(reason) ?? 0) + 1)
    else if (entry === null && written !== undefined) this.#unread.push(`“${written}” for ${this.#gestures.name(cell)}`)
    else this.#cells.push({ key, col: cell.col - 1, entry })
  }

  /** @returns {Gesture} */
  gesture() {
    const notes = [...this.#closed].map(([reason, count]) => `${cells(count)} left alone: ${reason}`)
    if (this.#unread.length) notes.push(`${cells(this.#unread.length)} not read: ${this.#unread[0]}`)
    if (this.outside) notes.push(`${cells(this.outside)} outside the grid`)
    const label = this.#cells.length > 1 ? `${this.#label}, ${cells(this.#cells.length)}` : this.#label
    return { cells: this.#cells, label, note: notes.join('; ') }
  }
}

const cells = (count) => (count === 1 ? '1 cell' : `${count} cells`)
