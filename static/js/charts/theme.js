/** How charts look: colours from the CSS tokens, so that light and dark follow by themselves. ECharts comes on demand. */

import { formatNumber } from 'app/grid/format.js'

/** Every series has its own colour, and its own line or mark besides. */
const STYLES = {
  history: { color: 'history', width: 1.75, z: 5 },
  baseline: { color: 'baseline', width: 1.75, dash: [5, 4] },
  sales: { color: 'sales', width: 1.25, symbol: 'triangle', size: 7 },
  customers: { color: 'customers', width: 1.25, symbol: 'triangle', rotate: 180, size: 7 },
  marketing: { color: 'marketing', width: 1.25, symbol: 'diamond', size: 8 },
  finance: { color: 'finance', width: 1.25, symbol: 'rect', size: 5 },
  consensus: { color: 'consensus', width: 3, z: 6 },
  budget: { color: 'budget', width: 1 },
  lastcycle: { color: 'ink-3', width: 1, dash: [4, 3] },
  member: { color: 'budget', width: 1, z: 2 },
  risks: { color: 'bad', width: 1.25, dash: [2, 2] },
  opportunities: { color: 'good', width: 1.25, dash: [2, 2] },
  lastyear: { color: 'lastyear', width: 1.5, dash: [1.5, 3] },
}

/** @param {string} name a token without its prefix */
export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--ek-${name}`).trim()
}

/** @param {string} key */
export function styleOf(key) {
  return STYLES[key] ?? { color: 'ink-2', width: 1.25 }
}

/** What every chart shares; tooltips are drawn as text, for markup would carry style attributes. */
export function frame() {
  return {
    animation: false,
    backgroundColor: 'transparent',
    textStyle: { fontFamily: 'Inter Variable, Inter, sans-serif', fontSize: 11, color: token('ink-2') },
    grid: { left: 44, right: 10, top: 16, bottom: 22 },
    tooltip: {
      trigger: 'axis',
      renderMode: 'richText',
      backgroundColor: token('raised'),
      borderColor: token('line-strong'),
      textStyle: { color: token('ink'), fontSize: 12 },
      valueFormatter: (value) => formatNumber(value === undefined ? null : value),
    },
  }
}

/** @param {string[]} labels */
export function monthAxis(labels) {
  return {
    type: 'category',
    data: labels,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: token('line-strong') } },
    axisLabel: { color: token('ink-3'), fontSize: 11, hideOverlap: true },
  }
}

export function valueAxis() {
  return {
    type: 'value',
    splitNumber: 4,
    splitLine: { lineStyle: { color: token('line-soft') } },
    axisLabel: { color: token('ink-3'), fontSize: 11, formatter: (value) => formatNumber(value) },
  }
}

/** @param {{key: string, name: string, values: (number | null)[]}} series */
export function line({ key, name, values }) {
  const { color, width, dash, symbol, rotate, size, z = 3 } = styleOf(key)
  return {
    name,
    type: 'line',
    data: values,
    color: token(color),
    z,
    symbol: symbol ?? 'none',
    symbolSize: size,
    symbolRotate: rotate,
    showAllSymbol: true,
    lineStyle: { color: token(color), width, type: dash ?? 'solid' },
  }
}

/** A thin line where the plan begins. @param {number} at */
export function nowLine(at) {
  return {
    silent: true,
    symbol: 'none',
    data: [{ xAxis: at }],
    lineStyle: { color: token('line-strong'), type: 'solid', width: 1 },
    label: { formatter: 'now', color: token('ink-3'), fontSize: 11, position: 'end', distance: 2 },
  }
}
