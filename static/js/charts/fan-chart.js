/**
 * <fan-chart src>: history, the forecast with its interval, each department's view, the consensus. Events are
 * differences, not a level: they stand in the table only.
 */

import { ChartElement } from 'app/charts/chart-element.js'
import { frame, line, monthAxis, nowLine, token, valueAxis } from 'app/charts/theme.js'

/** @typedef {{labels: string[], now: number, title: string, unit: string, series: {key: string, name: string, values: (number | null)[]}[], members?: {key: string, name: string, values: (number | null)[]}[], interval?: {name: string, lower: (number | null)[], upper: (number | null)[]}}} FanData */

class FanChart extends ChartElement {
  static observedAttributes = ['src', 'members']

  /** The forecast's own members, when they are asked for. @param {FanData} data */
  #members({ members = [] }) {
    return this.hasAttribute('members') ? members : []
  }

  /** @param {FanData} data */
  option(data) {
    const lines = drawn(data).map(line)
    if (lines[0] && data.now >= 0) lines[0].markLine = nowLine(data.now)
    const series = [...band(data.interval), ...this.#members(data).map(line), ...lines]
    return { ...frame(), xAxis: { ...monthAxis(data.labels), boundaryGap: false }, yAxis: valueAxis(), series }
  }

  /** @param {FanData} data */
  legend(data) {
    const { interval } = data
    const series = drawn(data)
    const swatch = interval ? [{ key: 'swatch', name: interval.name }] : []
    const members = this.#members(data).length > 0 ? [{ key: 'member', name: 'Members of the forecast' }] : []
    return [...series, ...swatch, ...members]
  }

  /** @param {FanData} data */
  columns(data) {
    const { series, interval } = data
    if (!interval) return series
    return [
      ...series,
      ...this.#members(data),
      { key: 'swatch', name: `${interval.name}, lower`, values: interval.lower },
      { key: 'swatch', name: `${interval.name}, upper`, values: interval.upper },
    ]
  }
}

/** @param {FanData} data */
function drawn({ series }) {
  return series.filter(({ key }) => key !== 'events')
}

/** Two stacked lines without ink: the lower bound, and the distance to the upper one, which is tinted. */
function band(interval) {
  if (!interval) return []
  const bare = {
    type: 'line',
    stack: 'interval',
    symbol: 'none',
    lineStyle: { opacity: 0 },
    silent: true,
    tooltip: { show: false },
  }
  const { name, lower, upper } = interval
  const height = upper.map((value, at) => (value === null || lower[at] === null ? null : value - lower[at]))
  return [
    { ...bare, name: `${name}, lower`, data: lower },
    { ...bare, name, data: height, areaStyle: { color: token('interval'), opacity: 1 } },
  ]
}

customElements.define('fan-chart', FanChart)
