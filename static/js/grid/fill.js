/** Where a drag of the fill handle leads, and which cell each filled cell repeats. */

/** @typedef {import('app/grid/selection.js').Block} Block @typedef {import('app/grid/selection.js').Cell} Cell */

/**
 * The block after dragging the handle to a cell: it grows along the longer way, never both.
 * @param {Block} block
 * @param {Cell} to
 * @returns {Block}
 */
export function stretch(block, to) {
  const down = Math.max(to.row - block.bottom, block.top - to.row, 0)
  const across = Math.max(to.col - block.right, block.left - to.col, 0)
  if (down === 0 && across === 0) return block
  if (down >= across) return { ...block, top: Math.min(block.top, to.row), bottom: Math.max(block.bottom, to.row) }
  return { ...block, left: Math.min(block.left, Math.max(1, to.col)), right: Math.max(block.right, to.col) }
}

/**
 * Pairs of cells: each target and the source whose value it repeats.
 * @param {Block} source
 * @param {Block} target
 * @returns {{to: Cell, from: Cell}[]}
 */
export function repeats(source, target) {
  const pairs = []
  const height = source.bottom - source.top + 1
  const width = source.right - source.left + 1
  for (let row = target.top; row <= target.bottom; row += 1) {
    for (let col = target.left; col <= target.right; col += 1) {
      const inside = row >= source.top && row <= source.bottom && col >= source.left && col <= source.right
      if (inside) continue
      const from = {
        row: source.top + modulo(row - source.top, height),
        col: source.left + modulo(col - source.left, width),
      }
      pairs.push({ to: { row, col }, from })
    }
  }
  return pairs
}

/** Ctrl+D: the top row of the block down; a single row takes the row above it. @param {Block} block @returns {Block} */
export function sourceDown(block) {
  const top = block.top === block.bottom ? Math.max(0, block.top - 1) : block.top
  return { ...block, top, bottom: top }
}

/** Ctrl+R: the left column of the block across. @param {Block} block @returns {Block} */
export function sourceRight(block) {
  const left = block.left === block.right ? Math.max(1, block.left - 1) : block.left
  return { ...block, left, right: left }
}

const modulo = (value, size) => ((value % size) + size) % size
