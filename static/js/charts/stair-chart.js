/** <stair-chart src>: the error after each step, and the part of it that the step took off or added. */

import { ChartElement } from 'app/charts/chart-element.js'
import { frame, monthAxis, token, valueAxis } from 'app/charts/theme.js'
import { formatNumber } from 'app/grid/format.js'

/** @typedef {{labels: string[], keys: string[], errors: (number | null)[], from: (number | null)[], added: (number | null)[], title: string, unit: string}} StairData */

const COLOURS = { naive: 'budget', consensus: 'consensus' }

class StairChart extends ChartElement {
  /** @param {StairData} data */
  option({ labels, keys, errors, from, added }) {
    return {
      ...frame(),
      tooltip: { show: false },
      grid: { left: 44, right: 10, top: 28, bottom: 22 },
      xAxis: { ...monthAxis(labels), axisLabel: { interval: 0, color: token('ink-2'), fontSize: 12 } },
      yAxis: { ...valueAxis(), min: 0 },
      series: [
        stack(
          'Error',
          errors.map((error, at) => base(keys[at], error, from[at])),
        ),
        stack(
          'Difference',
          added.map((points, at) => difference(points, errors[at])),
        ),
      ],
    }
  }

  legend() {
    return [
      { key: 'swatch stair-better', name: '▾ better than the step it starts from' },
      { key: 'swatch stair-worse', name: '▴ worse' },
    ]
  }

  /** @param {StairData} data */
  columns({ errors, added }) {
    return [
      { key: 'error', name: 'Error', values: errors },
      { key: 'added', name: 'Points taken off', values: added },
    ]
  }
}

function stack(name, data) {
  return { name, type: 'bar', stack: 'error', barWidth: '62%', silent: true, data }
}

/** What stays below the difference: up to the lower of the two errors. */
function base(key, error, from) {
  const colour = COLOURS[key]
  return {
    value: error === null ? null : Math.min(error, from ?? error),
    itemStyle: { color: token(colour ?? 'line-strong') },
    label: {
      show: error !== null,
      position: 'insideBottom',
      distance: 8,
      fontSize: 13,
      fontWeight: 600,
      color: token(colour ? 'surface' : 'ink'),
      formatter: () => formatNumber(error, 1),
    },
  }
}

function difference(points, error) {
  if (points === null || error === null) return { value: null }
  const colour = token(points < 0 ? 'bad' : 'good')
  return {
    value: Math.abs(points),
    itemStyle: { color: colour },
    label: {
      show: true,
      position: 'top',
      fontSize: 12,
      fontWeight: 600,
      color: points === 0 ? token('ink-2') : colour,
      formatter: () => (points === 0 ? '±0' : `${points > 0 ? '▾' : '▴'} ${formatNumber(Math.abs(points), 1)}`),
    },
  }
}

customElements.define('stair-chart', StairChart)
