/** Columns as SlickGrid wants them, and the line of years above the months. */

import { element } from 'app/dialogs.js'
import { classesOf, describe, isTotal, monthOf } from 'app/grid/cells.js'
import { AGAINST_PX, edgeColumns } from 'app/grid/edge.js'
import { formatNumber } from 'app/grid/format.js'

/** @typedef {import('app/grid/cells.js').Column} Column */

const DIGIT_PX = 7.2
const PADDING_PX = 14
const MARK_PX = 14
/** Marks that stand left of the number and need room; corners do not. */
const LEFT_MARKS = /\b(lk|pl|ev|ol|st|sh|lo|cf|iv)\b/
const NARROWEST_PX = 54
const LABEL_PX = 216
const LABEL_PX_PHONE = 148
/** Names are cut only beyond these, so that months stay in sight. */
const LABEL_MOST_PX = 296
const LABEL_MOST_PX_PHONE = 184
const LETTER_PX = 6.7
const INDENT_PX = 12
/** The fold, the gaps and the paddings beside a name. */
const BESIDE_NAME_PX = 40
/** Measures that have a shape of their own in charts carry it in the grid too. */
const SHAPES = {
  lastyear: 'ly',
  history: 'hist',
  baseline: 'base',
  events: 'evt',
  sales: 'sales',
  customers: 'customers',
  marketing: 'mkt',
  finance: 'fin',
  consensus: 'cons',
  budget: 'bud',
  lastcycle: 'lc',
}

/** Widths that cut no number: one for months, one for totals; and one that cuts few names. */
export class Widths {
  month = NARROWEST_PX
  total = NARROWEST_PX + 4
  edge = NARROWEST_PX + 4
  label = LABEL_PX
  #labelMost = LABEL_MOST_PX

  constructor(narrow = false) {
    if (!narrow) return
    this.label = LABEL_PX_PHONE
    this.#labelMost = LABEL_MOST_PX_PHONE
  }

  /** @param {Column[]} columns @param {import('app/grid/tree.js').Row[]} rows @returns {boolean} whether one grew */
  fit(columns, rows) {
    const before = this.month + this.total + this.edge + this.label
    for (const row of rows) {
      const name = row.label.length * LETTER_PX + row.depth * INDENT_PX + BESIDE_NAME_PX
      this.label = Math.max(this.label, Math.min(Math.ceil(name), this.#labelMost))
      row.values.forEach((value, at) => {
        if (value === null) return
        const digits = formatNumber(value, row.decimals).length
        const marks = LEFT_MARKS.test(row.flags?.[columns[at].id] ?? '') ? MARK_PX : 0
        const width = Math.ceil(digits * DIGIT_PX + PADDING_PX + marks)
        if (isTotal(columns[at])) this.total = Math.max(this.total, width)
        else this.month = Math.max(this.month, width)
      })
      const year = row.edge?.[0]
      if (year) this.edge = Math.max(this.edge, Math.ceil(formatNumber(year).length * DIGIT_PX + PADDING_PX))
    }
    return this.month + this.total + this.edge + this.label > before
  }
}

/**
 * @param {Column[]} columns
 * @param {{widths: Widths, unit: string, edge: import('app/grid/edge.js').EdgeColumn[], labelWidth?: number, stateOf: (key: string, col: number) => {value: number | null, unsaved: boolean}}} parts
 */
export function slickColumns(columns, { widths, unit, edge, labelWidth, stateOf }) {
  const label = {
    id: 'label',
    field: 'label',
    name: unit,
    cssClass: 'label',
    headerCssClass: 'label',
    formatter: labelOf,
    width: Math.max(labelWidth ?? 0, widths.label),
    minWidth: 96,
    resizable: true,
    cellAttrs: { role: 'rowheader', 'aria-colindex': '1' },
  }
  const months = columns.map((column, at) => monthColumn(column, at, widths, stateOf))
  return [label, ...months, ...edgeColumns(edge, columns.length + 1, widths.edge)]
}

/** @param {Column[]} columns @param {Widths} widths @param {import('app/grid/edge.js').EdgeColumn[]} edge */
export function yearsLine(columns, widths, edge) {
  const line = element('div', { class: 'pg-years', 'aria-hidden': 'true' })
  let at = 0
  while (at < columns.length) {
    const { year } = columns[at]
    let width = 0
    let past = true
    for (; at < columns.length && columns[at].year === year; at += 1) {
      width += isTotal(columns[at]) ? widths.total : widths.month
      past &&= columns[at].kind === 'past'
    }
    const span = element('span', past ? { class: 'past' } : {}, element('span', {}, year))
    span.style.width = `${width}px`
    line.append(span)
  }
  if (edge.length > 0) {
    const span = element('span', { class: 'edge' }, `${edge[0].year}, full year`)
    span.style.width = `${widths.edge + AGAINST_PX}px`
    line.append(span)
  }
  return line
}

function monthColumn(column, at, widths, stateOf) {
  return {
    id: column.id,
    field: column.id,
    name: column.note ? noted(column) : column.label,
    toolTip: monthOf(column),
    headerCssClass: column.kind,
    resizable: false,
    width: isTotal(column) ? widths.total : widths.month,
    minWidth: 20,
    cellAttrs: { 'aria-colindex': String(at + 2), 'data-month': column.id },
    formatter: (_row, _cell, _value, _column, place) => {
      const row = place.row
      if (!row) return ''
      const state = stateOf(row.key, at)
      const addClasses = classesOf(row, column, state)
      return { text: formatNumber(state.value, row.decimals), addClasses, toolTip: describe(row, column) }
    },
  }
}

/** A second line's worth beside the month: working days, mostly. */
function noted({ label, note }) {
  return element('span', {}, `${label} `, element('span', { class: 'wd' }, note))
}

function labelOf(_row, _cell, _value, _column, place) {
  const row = place.row
  if (!row) return ''
  const label = element('span', { class: 'pg-label' })
  const fold = row.children ? (place.open ? 'open' : 'closed') : 'none'
  label.append(element('span', { class: `ex ${fold}`, 'data-fold': '' }))
  const shape = row.kind === 'measure' ? SHAPES[row.measure] : undefined
  if (shape) label.append(element('span', { class: `mk ${shape}` }))
  label.append(element('span', { class: 't' }, row.label))
  return { html: label, toolTip: row.label }
}
