/** Blocks of text as spreadsheets exchange them: rows by line break, cells by tab, quotes where a cell holds either. */

import { parseNumber } from 'app/grid/format.js'
import { parseEntry, setTo } from 'app/grid/shorthand.js'

/** @param {string[][]} rows */
export function toTSV(rows) {
  return rows.map((cells) => cells.map(quote).join('\t')).join('\r\n')
}

/** @param {string} text @returns {string[][]} */
export function fromTSV(text) {
  const rows = [[]]
  const source = text.replace(/\r\n?/g, '\n').replace(/\n$/, '')
  for (let at = 0; at <= source.length; ) {
    const { cell, end } = source[at] === '"' ? quotedCell(source, at) : plainCell(source, at)
    rows.at(-1).push(cell)
    if (source[end] === '\n') rows.push([])
    at = end + 1
  }
  return rows
}

/**
 * A block as large as the selection: one cell fills it, a block that fits a whole number of times is repeated.
 * @param {string[][]} block
 * @param {number} rows
 * @param {number} cols
 */
export function tile(block, rows, cols) {
  const height = block.length
  const width = Math.max(...block.map((row) => row.length))
  const fits = rows % height === 0 && cols % width === 0
  const [tall, wide] = fits ? [Math.max(rows, height), Math.max(cols, width)] : [height, width]
  return Array.from({ length: tall }, (_, row) =>
    Array.from({ length: wide }, (_, col) => block[row % height][col % width] ?? ''),
  )
}

/** Leaves out columns, by their place in the block. @param {string[][]} block @param {boolean[]} dropped */
export function withoutColumns(block, dropped) {
  return block.map((row) => row.filter((_, at) => !dropped[at]))
}

/**
 * What a pasted text enters: undefined when the cell is left alone, null when it cannot be read.
 * A pasted −20 is the number, not "20 less", as it would be when typed.
 * @param {string} text
 * @returns {string | null | undefined}
 */
export function pastedEntry(text) {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed === '·') return undefined
  const value = parseNumber(trimmed)
  if (!Number.isNaN(value)) return setTo(value)
  return parseEntry(trimmed) ? trimmed : null
}

function quote(cell) {
  return /["\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}

function plainCell(source, start) {
  let end = start
  while (end < source.length && source[end] !== '\t' && source[end] !== '\n') end += 1
  return { cell: source.slice(start, end), end }
}

/** Up to the closing quote; a doubled quote stands for one. */
function quotedCell(source, start) {
  let end = source.indexOf('"', start + 1)
  while (source[end + 1] === '"') end = source.indexOf('"', end + 2)
  if (end < 0) return plainCell(source, start)
  return { cell: source.slice(start + 1, end).replaceAll('""', '"'), end: end + 1 }
}
