/**
 * Which cell is active and which block is selected; rows and columns are visible indexes, column 0 holds the labels.
 * As in a spreadsheet the active cell stays where the block began, and its far end, the head, moves.
 */

/** @typedef {{row: number, col: number}} Cell @typedef {{top: number, left: number, bottom: number, right: number}} Block */

export class Selection {
  /** @type {Cell} */ active = { row: 0, col: 1 }
  /** @type {Cell} */ head = { row: 0, col: 1 }
  #size

  /** @param {() => {rows: number, cols: number}} size of the grid, labels included */
  constructor(size) {
    this.#size = size
  }

  /** @param {Cell} cell @param {{extend?: boolean}} [options] */
  moveTo(cell, { extend = false } = {}) {
    const { rows, cols } = this.#size()
    this.head = { row: clamp(cell.row, rows), col: clamp(cell.col, cols) }
    if (!extend) this.active = { ...this.head }
  }

  /** @param {number} down @param {number} right @param {{extend?: boolean}} [options] */
  moveBy(down, right, { extend = false } = {}) {
    const from = extend ? this.head : this.active
    this.moveTo({ row: from.row + down, col: from.col + right }, { extend })
  }

  /** @param {Block} block its top left cell becomes active */
  select(block) {
    this.moveTo({ row: block.top, col: block.left })
    this.moveTo({ row: block.bottom, col: block.right }, { extend: true })
  }

  selectAll() {
    const { rows, cols } = this.#size()
    this.select({ top: 0, left: 1, bottom: rows - 1, right: cols - 1 })
  }

  /** The selected block of number cells; a block begun on the labels takes whole rows. @returns {Block} */
  get block() {
    const { active, head } = this
    const top = Math.min(active.row, head.row)
    const bottom = Math.max(active.row, head.row)
    if (active.col === 0) return { top, left: 1, bottom, right: this.#size().cols - 1 }
    const left = Math.max(1, Math.min(active.col, head.col))
    return { top, left, bottom, right: Math.max(left, active.col, head.col) }
  }

  /** Whether a cell lies in the block. @param {Cell} cell */
  holds({ row, col }) {
    const { top, left, bottom, right } = this.block
    return row >= top && row <= bottom && (col === 0 ? this.active.col === 0 : col >= left && col <= right)
  }

  get isSingle() {
    return this.active.row === this.head.row && this.active.col === this.head.col
  }
}

/**
 * What the status bar says about a selection; null when it holds no number.
 * @param {Iterable<number | null>} values
 */
export function summarise(values) {
  let count = 0
  let sum = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (value === null || value === undefined) continue
    count += 1
    sum += value
    min = Math.min(min, value)
    max = Math.max(max, value)
  }
  return count ? { count, sum, average: sum / count, min, max } : null
}

const clamp = (value, size) => Math.max(0, Math.min(value, size - 1))
