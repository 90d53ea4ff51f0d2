/** Which cell is active and which block is selected; rows and columns are visible indexes, column 0 holds the labels. */

/** @typedef {{row: number, col: number}} Cell @typedef {{top: number, left: number, bottom: number, right: number}} Block */

export class Selection {
  /** @type {Cell} */ active = { row: 0, col: 1 }
  /** @type {Cell} */ anchor = { row: 0, col: 1 }
  #size

  /** @param {() => {rows: number, cols: number}} size of the grid, labels included */
  constructor(size) {
    this.#size = size
  }

  /** @param {Cell} cell @param {{extend?: boolean}} [options] */
  moveTo(cell, { extend = false } = {}) {
    const { rows, cols } = this.#size()
    this.active = { row: clamp(cell.row, rows), col: clamp(cell.col, cols) }
    if (!extend) this.anchor = { ...this.active }
  }

  /** @param {number} down @param {number} right @param {{extend?: boolean}} [options] */
  moveBy(down, right, options) {
    this.moveTo({ row: this.active.row + down, col: this.active.col + right }, options)
  }

  /** @param {Block} block the cell top left becomes active, the one bottom right the far end */
  select(block) {
    this.moveTo({ row: block.bottom, col: block.right })
    this.anchor = { ...this.active }
    this.moveTo({ row: block.top, col: block.left }, { extend: true })
  }

  selectAll() {
    const { rows, cols } = this.#size()
    this.select({ top: 0, left: 1, bottom: rows - 1, right: cols - 1 })
  }

  /** The selected block of number cells; a block begun on the labels takes whole rows. @returns {Block} */
  get block() {
    const top = Math.min(this.active.row, this.anchor.row)
    const bottom = Math.max(this.active.row, this.anchor.row)
    if (this.anchor.col === 0) return { top, left: 1, bottom, right: this.#size().cols - 1 }
    const left = Math.max(1, Math.min(this.active.col, this.anchor.col))
    return { top, left, bottom, right: Math.max(left, this.active.col, this.anchor.col) }
  }

  get isSingle() {
    return this.active.row === this.anchor.row && this.active.col === this.anchor.col
  }

  /** @param {Cell} cell */
  contains({ row, col }) {
    const { top, left, bottom, right } = this.block
    return row >= top && row <= bottom && col >= left && col <= right
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
