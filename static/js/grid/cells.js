/** What a cell looks like and whether it may be edited, from its row and column alone. */

/** @typedef {import('app/grid/tree.js').Row} Row */
/** @typedef {{id: string, label: string, year: string, kind: string, editable: boolean, note?: string}} Column */

/** Marks in the words a planner uses: for the tip and for people who listen. */
const WORDS = {
  ed: 'edited',
  lk: 'locked',
  pl: 'some below are locked',
  fz: 'frozen by the time fence: a change needs approval',
  sl: 'near: a change needs a reason',
  cf: 'conflict',
  nt: 'has a comment',
  ev: 'event',
  ol: 'outlier in the history',
  st: 'out of date',
  sh: 'shortage',
  lo: 'below target',
  iv: 'not valid',
}
const CLOSED = new Set(['lk'])
const TOTALS = new Set(['quarter', 'year'])

/** @param {string | undefined} flags */
export function marksOf(flags) {
  return (flags ?? '').split(' ').filter((flag) => flag in WORDS)
}

/** @param {Column} column */
export function isTotal(column) {
  return TOTALS.has(column.kind)
}

/**
 * Why a cell cannot be edited; empty when it can.
 * @param {Row} row
 * @param {Column} column
 */
export function closedBecause(row, column) {
  if (!row.editable) return 'this row is computed'
  if (isTotal(column)) return 'totals follow from their months'
  if (!column.editable) return column.kind === 'past' ? 'the month is past' : 'the month is closed'
  const mark = marksOf(row.flags?.[column.id]).find((flag) => CLOSED.has(flag))
  return mark ? WORDS[mark] : ''
}

/**
 * Classes of a cell: where it stands, whether it takes input, its marks.
 * @param {Row} row
 * @param {Column} column
 * @param {{value: number | null, unsaved: boolean}} state
 */
export function classesOf(row, column, { value, unsaved }) {
  const marks = marksOf(row.flags?.[column.id])
  const classes = [column.kind, ...marks]
  if (unsaved) classes.push('un')
  if (closedBecause(row, column) === '') classes.push('in')
  if (value === null || value === undefined) classes.push('nil')
  return classes.join(' ')
}

/** Whether a cell could take input if it were not locked. @param {Row} row @param {Column} column */
export function lockable(row, column) {
  return row.editable && column.editable && !isTotal(column)
}

/** What a row is and how deep it stands; the measure that counts among others is strong. @param {Row} row */
export function rowClassesOf({ kind, depth, measure, strong }) {
  const counts = strong || (kind === 'measure' && measure === 'consensus')
  return `kind-${kind} depth-${Math.min(depth, 5)}${counts ? ' strong' : ''}`
}

/** @param {Row} row @param {Column} column */
export function describe(row, column) {
  return marksOf(row.flags?.[column.id])
    .map((mark) => WORDS[mark])
    .join(', ')
}

/** "Fjell 500, Jul 2012": how a cell is named in a message. @param {Row | null} row @param {Column | undefined} column */
export function nameOf(row, column) {
  const month = column ? monthOf(column) : ''
  return [row?.label, month].filter(Boolean).join(', ')
}

/** @param {Column} column */
export function monthOf(column) {
  return column.label.includes(column.year) ? column.label : `${column.label} ${column.year}`
}
