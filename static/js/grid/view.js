/** The one module that knows SlickGrid: it draws rows and columns, scrolls, and says where a cell stands. */

import { decorate, prepare } from 'app/grid/aria.js'
import { rowClassesOf } from 'app/grid/cells.js'
import { slickColumns, Widths, yearsLine } from 'app/grid/columns.js'
import { AGAINST_PX } from 'app/grid/edge.js'
import { SlickGrid } from 'slickgrid'

const SCROLL_PAUSE_MS = 60

/** @typedef {import('app/grid/cells.js').Column} Column @typedef {import('app/grid/tree.js').Tree} Tree */

export class GridView {
  /** @type {Column[]} */ columns = []
  /** @type {import('app/grid/edge.js').EdgeColumn[]} columns that stay at the right; nobody selects them */ edge = []
  #grid
  #host
  #tree
  #parts
  #widths = new Widths(matchMedia('(max-width: 760px)').matches)
  #timer = 0

  /**
   * @param {HTMLElement} host
   * @param {object} parts
   * @param {Tree} parts.tree
   * @param {string} parts.label
   * @param {string} parts.unit
   * @param {(key: string, col: number) => {value: number | null, unsaved: boolean}} parts.stateOf
   * @param {(top: number, bottom: number) => void} parts.onShown rows now on screen
   * @param {() => void} parts.onPainted
   */
  constructor(host, parts) {
    this.#host = host
    this.#tree = parts.tree
    this.#parts = parts
  }

  /** Draws for the first time, with the columns of the first answer. @param {number} rowHeight */
  start(rowHeight) {
    const rows = {
      getLength: () => this.#tree.length,
      getItem: (index) => this.#tree.at(index),
      getItemMetadata: (index) => ({ cssClasses: rowClasses(this.#tree.at(index)) }),
    }
    this.#grid = new SlickGrid(this.#host, rows, this.#slickColumns(), {
      rowHeight,
      frozenColumn: 0,
      enableCellNavigation: false,
      enableColumnReorder: false,
      enableHtmlRendering: false,
      createPreHeaderPanel: true,
      showPreHeaderPanel: true,
      preHeaderPanelHeight: 22,
      nonce: nonce(),
      forceFitColumns: false,
      autosizeColsMode: 'NOA',
      skipFreezeColumnValidation: true,
      minRowBuffer: 6,
    })
    prepare(this.#host, this.#parts.label)
    this.#drawYears()
    this.#placeEdge()
    this.#grid.onViewportChanged.subscribe(() => this.#shownSoon())
    this.#grid.onRendered.subscribe(() => this.#painted())
    this.#painted()
  }

  get started() {
    return Boolean(this.#grid)
  }

  get rows() {
    return this.#tree.length
  }

  /** Column 0 is the label. */
  get cols() {
    return this.columns.length + 1
  }

  /** Rows on screen. @returns {{top: number, bottom: number}} */
  get shown() {
    const { top, bottom } = this.#grid.getViewport()
    return { top: Math.max(0, top), bottom: Math.min(bottom, this.#tree.length - 1) }
  }

  /** How many whole rows fit, for Page Down. */
  get page() {
    const { top, bottom } = this.#grid.getViewport()
    return Math.max(1, bottom - top - 2)
  }

  /** Draws rows again that changed; the viewport stays where it is. @param {Iterable<string>} [keys] all when left out */
  redraw(keys) {
    if (keys) this.#grid.invalidateRows([...keys].map((key) => this.#tree.indexOf(key)).filter((row) => row >= 0))
    else this.#grid.invalidateAllRows()
    this.#grid.updateRowCount()
    this.#grid.render()
  }

  /**
   * Takes the columns of an answer, and widens them when a newly loaded number would not fit.
   * @param {import('app/grid/tree.js').Row[]} rows
   * @param {Column[]} columns
   */
  fit(rows, columns) {
    const changed =
      columns.length !== this.columns.length || columns.some((each, at) => each.id !== this.columns[at].id)
    this.columns = columns
    const wider = this.#widths.fit(columns, rows)
    if (this.#grid && (changed || wider)) this.#applyColumns()
  }

  /** @param {number} row @param {number} col */
  scrollTo(row, col) {
    this.#grid.scrollCellIntoView(row, col, false)
    if (col === 0 || this.edge.length === 0) return
    const viewport = this.layers.right.parentElement
    const hidden = this.box(0, col).right - viewport.scrollLeft - (viewport.clientWidth - this.#edgeWidth)
    if (hidden > 0) viewport.scrollLeft += hidden
  }

  /** Brings a column to the left edge of the numbers. @param {number} col */
  scrollLeftTo(col) {
    this.layers.right.parentElement.scrollLeft = this.box(0, col).left
  }

  /** @param {Event} event @returns {{row: number, col: number} | null} */
  cellFromEvent(event) {
    const found = this.#grid.getCellFromEvent(event)
    return found && found.cell < this.cols ? { row: found.row, col: found.cell } : null
  }

  /** @param {number} row @param {number} col @returns {HTMLElement | null} */
  node(row, col) {
    return this.#grid.getCellNode(row, col)
  }

  /** Where a cell stands in its canvas. @param {number} row @param {number} col */
  box(row, col) {
    return this.#grid.getCellNodeBox(row, col)
  }

  /** The scrolled layers: labels left, numbers right. */
  get layers() {
    const [left, right] = this.#host.querySelectorAll('.grid-canvas-top')
    return { left, right }
  }

  /** Where a cell stands in the host, scrolled as it is now. @param {number} row @param {number} col */
  rectangle(row, col) {
    const box = this.box(row, col)
    const layer = (col === 0 ? this.layers.left : this.layers.right).getBoundingClientRect()
    const host = this.#host.getBoundingClientRect()
    const width = box.right - box.left
    return {
      left: layer.left - host.left + box.left,
      top: layer.top - host.top + box.top,
      width,
      height: box.bottom - box.top,
    }
  }

  resize() {
    this.#grid?.resizeCanvas()
    this.#placeEdge()
  }

  destroy() {
    clearTimeout(this.#timer)
    this.#grid?.destroy(true)
    this.#grid = undefined
  }

  #slickColumns() {
    const labelWidth = this.#grid?.getColumns()[0].width
    return slickColumns(this.columns, { ...this.#parts, edge: this.edge, widths: this.#widths, labelWidth })
  }

  get #edgeWidth() {
    return this.edge.length > 0 ? this.#widths.edge + AGAINST_PX : 0
  }

  /** The column at the left edge stays there, whatever the new widths are. */
  #applyColumns() {
    const viewport = this.layers.right.parentElement
    const before = viewport.scrollLeft
    const at = this.columns.findIndex((_, col) => this.box(0, col + 1).right > before)
    const hidden = at < 0 ? 0 : before - this.box(0, at + 1).left
    this.#grid.setColumns(this.#slickColumns())
    if (before > 0 && at >= 0) viewport.scrollLeft = this.box(0, at + 1).left + hidden
    prepare(this.#host, this.#parts.label)
    this.#drawYears()
    this.#placeEdge()
  }

  /** CSS keeps the edge in sight; it needs to know its width and that of the scroll bar. */
  #placeEdge() {
    if (!this.#grid || this.edge.length === 0) return
    const viewport = this.layers.right.parentElement
    this.#host.style.setProperty('--edge-plan', `${this.#widths.edge}px`)
    this.#host.style.setProperty('--edge-gap', `${viewport.offsetWidth - viewport.clientWidth}px`)
  }

  #drawYears() {
    this.#grid.getPreHeaderPanelRight().replaceChildren(yearsLine(this.columns, this.#widths, this.edge))
  }

  #painted() {
    decorate(this.#host, this.#tree, this.cols + this.edge.length)
    this.#parts.onPainted()
  }

  #shownSoon() {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      if (this.#grid) this.#parts.onShown(this.shown.top, this.shown.bottom)
    }, SCROLL_PAUSE_MS)
  }
}

/** @param {ReturnType<Tree['at']>} place */
function rowClasses(place) {
  if (!place?.row) return 'pg-waiting'
  return rowClassesOf(place.row)
}

function nonce() {
  const script = document.querySelector('script[type="importmap"]')
  return script instanceof HTMLElement ? script.nonce : ''
}
