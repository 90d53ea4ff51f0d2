/** <capacity-chart src>: the load of a line against its regular hours, and the most that overtime allows. */

import { ChartElement } from 'app/charts/chart-element.js'
import { frame, monthAxis, token, valueAxis } from 'app/charts/theme.js'

/** @typedef {{labels: string[], load: number[], regular: number[], overtime: number[], title: string, unit: string}} CapacityData */

class CapacityChart extends ChartElement {
  /** @param {CapacityData} data */
  option({ labels, load, regular, overtime }) {
    const most = regular.map((hours, at) => hours + (overtime[at] ?? 0))
    return {
      ...frame(),
      xAxis: monthAxis(labels),
      yAxis: valueAxis(),
      series: [
        { name: 'Load', type: 'bar', data: load.map((hours, at) => bar(hours, regular[at])), barWidth: '60%' },
        limit('Regular hours', regular, 'solid'),
        limit('With overtime', most, [4, 3]),
      ],
    }
  }

  /** @param {CapacityData} data */
  columns({ load, regular, overtime }) {
    return [
      { key: 'swatch load', name: 'Load', values: load },
      { key: 'history', name: 'Regular hours', values: regular },
      { key: 'baseline', name: 'With overtime', values: regular.map((hours, at) => hours + (overtime[at] ?? 0)) },
    ]
  }
}

/** Over the limit a bar is hatched as well as red. */
function bar(value, limitValue) {
  if (value <= limitValue) return { value, itemStyle: { color: token('ink-3') } }
  const decal = {
    symbol: 'rect',
    dashArrayX: [1, 0],
    dashArrayY: [2, 4],
    rotation: -Math.PI / 4,
    color: token('surface'),
  }
  return { value, itemStyle: { color: token('bad'), decal } }
}

function limit(name, data, type) {
  const color = token(type === 'solid' ? 'history' : 'baseline')
  return {
    name,
    type: 'line',
    step: 'middle',
    symbol: 'none',
    data,
    color,
    lineStyle: { color, width: 1.5, type },
    z: 5,
  }
}

customElements.define('capacity-chart', CapacityChart)
