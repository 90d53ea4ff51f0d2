/**
 * What may be typed into a cell: a number, `+10%`, `-5%`, `*1.1`, `+500`, `-20`, `15k`, `2m`, `=1200`.
 * The server decides what is written; this reading only fills the cell until its answer arrives.
 */

import { parseNumber } from 'app/grid/format.js'

const MULTIPLES = { k: 1e3, m: 1e6 }

/** @typedef {{kind: 'set' | 'add' | 'scale', amount: number}} Entry */

/**
 * @param {string} text
 * @returns {Entry | null} null when the text means nothing
 */
export function parseEntry(text) {
  const typed = text.trim().replace('\u2212', '-')
  if (typed.startsWith('=')) return entry('set', amountOf(typed.slice(1)))
  if (typed.startsWith('*')) return entry('scale', parseNumber(typed.slice(1)))
  const signed = /^[+-]/.test(typed)
  if (typed.endsWith('%')) return signed ? entry('scale', 1 + parseNumber(unplus(typed.slice(0, -1))) / 100) : null
  return entry(signed ? 'add' : 'set', amountOf(unplus(typed)))
}

/**
 * The value a cell will have; null when the text means nothing.
 * @param {string} text
 * @param {number | null} base
 */
export function applyEntry(text, base) {
  const parsed = parseEntry(text)
  if (!parsed) return null
  if (parsed.kind === 'set') return parsed.amount
  return parsed.kind === 'add' ? (base ?? 0) + parsed.amount : (base ?? 0) * parsed.amount
}

/** An entry that sets exactly this value: a bare minus would mean "less". @param {number} value */
export function setTo(value) {
  return value < 0 ? `=${value}` : String(value)
}

function amountOf(text) {
  const multiple = MULTIPLES[text.at(-1)?.toLowerCase() ?? '']
  return multiple ? parseNumber(text.slice(0, -1)) * multiple : parseNumber(text)
}

const unplus = (text) => text.replace(/^\+/, '')

function entry(kind, amount) {
  return Number.isFinite(amount) ? { kind, amount } : null
}
