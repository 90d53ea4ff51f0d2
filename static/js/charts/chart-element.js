/** What chart elements share: fetch, draw, redraw with the theme and the width, and the numbers behind it as a table. */

import { element } from 'app/dialogs.js'
import { formatNumber } from 'app/grid/format.js'
import { getJSON } from 'app/http.js'

export class ChartElement extends HTMLElement {
  static observedAttributes = ['src']
  #readyNow = () => {}
  /** @type {Promise<void>} */
  ready = new Promise((resolve) => {
    this.#readyNow = resolve
  })
  #plot = element('div', { class: 'ek-plot', role: 'img', 'aria-label': 'Chart' })
  #legend = element('div', { class: 'ek-legend', 'aria-hidden': 'true' })
  #table = element('details', { class: 'ek-chart-table' })
  #chart
  #data
  #request = new AbortController()
  #resizing = new ResizeObserver(() => this.#chart?.resize())
  #redraw = () => this.#draw()

  connectedCallback() {
    this.replaceChildren(this.#legend, this.#plot, this.#table)
    document.addEventListener('ek:theme', this.#redraw)
    this.#resizing.observe(this.#plot)
    this.#load()
  }

  disconnectedCallback() {
    document.removeEventListener('ek:theme', this.#redraw)
    this.#resizing.disconnect()
    this.#request.abort()
    this.#chart?.dispose()
    this.#chart = undefined
  }

  attributeChangedCallback(_name, before) {
    if (before !== null && this.isConnected) this.#load()
  }

  get data() {
    return this.#data
  }

  /** Draws these numbers, such as what is not saved yet, in place of those of `src`. @param {any} data */
  show(data) {
    this.#data = data
    this.#draw()
  }

  /** @param {any} _data @returns {object} ECharts' option */
  option(_data) {
    return {}
  }

  /** @param {any} _data @returns {{key: string, name: string, values: (number | null)[]}[]} the table's columns */
  columns(_data) {
    return []
  }

  /** @param {any} data @returns {{key: string, name: string}[]} */
  legend(data) {
    return this.columns(data)
  }

  async #load() {
    this.#request.abort()
    this.#request = new AbortController()
    const { signal } = this.#request
    try {
      this.#data = await getJSON(this.getAttribute('src') ?? '', { signal })
      const echarts = await import('echarts')
      if (signal.aborted) return
      this.#chart ??= echarts.init(this.#plot, null, { renderer: 'svg' })
      await document.fonts.ready
      this.#draw()
    } catch (problem) {
      if (problem.name === 'AbortError') return
      this.#legend.replaceChildren(
        element('p', { class: 'ek-chart-problem' }, `This chart could not be loaded. ${problem.message}`),
      )
    } finally {
      this.#readyNow()
    }
  }

  #draw() {
    if (!this.#chart || !this.#data) return
    const columns = this.columns(this.#data)
    this.#plot.setAttribute('aria-label', `${this.#data.title}: ${columns.map(({ name }) => name).join(', ')}`)
    this.#legend.replaceChildren(...this.legend(this.#data).map(legendKey))
    this.#table.replaceChildren(
      element('summary', {}, 'Show the numbers'),
      element('div', { tabindex: '0' }, table(this.#data, columns)),
    )
    this.#chart.setOption(this.option(this.#data), true)
  }
}

const MARKS = { sales: 'sales', customers: 'customers', marketing: 'mkt', finance: 'fin' }
const LINES = {
  baseline: 'dash',
  lastyear: 'dot',
  lastcycle: 'dash',
  consensus: 'thick',
  risks: 'dot',
  opportunities: 'dot',
}

function legendKey({ key, name }) {
  const mark = MARKS[key]
    ? element('span', { class: `mk ${MARKS[key]}` })
    : element('i', { class: key.startsWith('swatch') ? key : (LINES[key] ?? '') })
  return element('span', { class: `key ${key}` }, mark, name)
}

function table({ title, unit, labels, head: first = 'Month', decimals = 0 }, columns) {
  const head = [first, ...columns.map(({ name }) => name)]
  return element(
    'table',
    { class: 't' },
    element('caption', { class: 'vh' }, `${title}${unit ? `, ${unit}` : ''}`),
    element(
      'thead',
      {},
      element('tr', {}, ...head.map((text, at) => element('th', { scope: 'col', class: at ? 'n' : '' }, text))),
    ),
    element(
      'tbody',
      {},
      ...labels.map((label, row) =>
        line(
          label,
          columns.map(({ values }) => values[row]),
          decimals,
        ),
      ),
    ),
  )
}

function line(label, values, decimals) {
  return element(
    'tr',
    {},
    element('th', { scope: 'row' }, label),
    ...values.map((value) => element('td', { class: 'n' }, formatNumber(value, decimals))),
  )
}
