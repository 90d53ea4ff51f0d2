/** The columns that stay in sight at the right, whatever the scroll: a year's plan and how it compares. */

import { element } from 'app/dialogs.js'
import { formatDifference, formatNumber } from 'app/grid/format.js'

/** @typedef {{id: string, label: string, year: string}} EdgeColumn */

export const AGAINST_PX = 76
const AGAINST = { budget: 'against budget', lastyear: 'against last year' }

/** @param {EdgeColumn[]} edge @param {number} first the index after the months @param {number} width of the year's sums */
export function edgeColumns(edge, first, width) {
  return edge.map(({ id, label }, at) => ({
    id: `edge-${id}`,
    field: id,
    name: label,
    headerCssClass: `edge edge-${id}`,
    cssClass: `edge edge-${id}`,
    resizable: false,
    width: id === 'plan' ? width : AGAINST_PX,
    minWidth: 20,
    alwaysRenderColumn: true,
    cellAttrs: { 'aria-colindex': String(first + at + 1) },
    formatter: (_row, _cell, _value, column, place) => cellOf(place.row, id, column.name),
  }))
}

/** "−2.6 %"; a row that compares with another thing than the header says tells so. */
function cellOf(row, id, header) {
  const [total = null, share = null, against = ''] = row?.edge ?? []
  if (!row) return ''
  if (id === 'plan') return { text: formatNumber(total, row.decimals), addClasses: total === null ? 'nil' : '' }
  if (share === null) return { text: '·', addClasses: 'nil' }
  const other = !header.endsWith(AGAINST[against].replace('against ', ''))
  const html = element('span', {}, shareOf(share), ...(other ? [element('i', {}, 'LY')] : []))
  return { html, toolTip: AGAINST[against] }
}

/** A difference as a share, never wider than its column. @param {number} share */
export function shareOf(share) {
  return Math.abs(share) < 9.995 ? `${formatDifference(share * 100, 1)}\u2009%` : `×\u2009${formatNumber(share + 1)}`
}
