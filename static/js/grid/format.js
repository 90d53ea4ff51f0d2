/** How numbers are written on screen and how written numbers are read. */

const THIN_SPACE = '\u2009'
const MINUS = '\u2212'
export const EMPTY = '·'

const SPACES = /[\s\u00a0\u2009\u202f\u2060]/g
const GROUPED = /^\d{1,3}(,\d{3})+(\.\d+)?$/
const PLAIN = /^(\d+\.?\d*|\.\d+)$/

/**
 * 12766 → "12 766"; a missing number is a middle dot, zero is 0.
 * @param {number | null | undefined} value
 * @param {number} [decimals]
 */
export function formatNumber(value, decimals = 0) {
  if (value === null || value === undefined || Number.isNaN(value)) return EMPTY
  const digits = Math.abs(value).toFixed(decimals)
  const [whole, fraction] = digits.split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, THIN_SPACE)
  const sign = value < 0 && Number(digits) !== 0 ? MINUS : ''
  return sign + grouped + (fraction ? `.${fraction}` : '')
}

/** A difference always carries its sign. @param {number} value @param {number} [decimals] */
export function formatDifference(value, decimals = 0) {
  const text = formatNumber(value, decimals)
  if (Number(Math.abs(value).toFixed(decimals)) === 0) return `±${text}`
  return value > 0 ? `+${text}` : text
}

/** Exact and without grouping: for the editor and the clipboard. @param {number | null | undefined} value */
export function plainNumber(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return ''
  return String(Number(value.toFixed(6)))
}

/**
 * Reads "1 200", "1,200.5", "−20"; NaN when it is not a number.
 * @param {string} text
 */
export function parseNumber(text) {
  const compact = text.replace(SPACES, '').replace(MINUS, '-')
  const negative = compact.startsWith('-')
  const digits = negative ? compact.slice(1) : compact
  if (!PLAIN.test(digits) && !GROUPED.test(digits)) return Number.NaN
  const value = Number(digits.replaceAll(',', ''))
  return negative ? -value : value
}
