/** Mouse and touch: press selects, drag extends, the handle fills, the arrow before a label folds. */

import { stretch } from 'app/grid/fill.js'

const EDGE_PX = 24
const EDGE_STEP_MS = 60

/**
 * @typedef {object} PointerTargets
 * @property {import('app/grid/view.js').GridView} view
 * @property {import('app/grid/selection.js').Selection} selection
 * @property {import('app/grid/sheet.js').Sheet} sheet
 * @property {import('app/grid/overlay.js').Overlay} overlay
 */

export class Pointer {
  #host
  #targets
  /** @type {'' | 'select' | 'fill'} */
  #dragging = ''
  #fillTo = null
  #edge = 0
  #ending = new AbortController()

  /** @param {HTMLElement} host @param {PointerTargets} targets */
  constructor(host, targets) {
    this.#host = host
    this.#targets = targets
    host.addEventListener('pointerdown', (event) => this.#onDown(event))
    host.addEventListener('mousedown', keepFocus)
    // SlickGrid would move the focus into its own boxes on a click.
    host.addEventListener('click', (event) => this.#onClick(event), { capture: true })
    host.addEventListener('dblclick', (event) => this.#onDoubleClick(event), { capture: true })
  }

  #onDown(event) {
    if (event.button !== 0) return
    if (event.target === this.#targets.overlay.handle) return this.#begin('fill')
    const cell = inCanvas(event) && this.#targets.view.cellFromEvent(event)
    if (!cell || event.pointerType === 'touch') return
    if (event.target.closest('[data-fold]')) return this.#targets.sheet.fold(cell.row, undefined)
    this.#targets.sheet.press(cell, event.shiftKey)
    this.#begin('select')
  }

  /** Followed on the document: capturing the pointer would make clicks land on the host instead of the cell. */
  #begin(what) {
    this.#dragging = what
    this.#ending = new AbortController()
    const { signal } = this.#ending
    document.addEventListener('pointermove', (event) => this.#onMove(event), { signal })
    document.addEventListener('pointerup', () => this.#onUp(), { signal })
    document.addEventListener('pointercancel', () => this.#onUp(), { signal })
  }

  #onMove(event) {
    if (!this.#dragging) return
    clearInterval(this.#edge)
    this.#reach(event.clientX, event.clientY)
    const { bottom, top, right } = this.#host.getBoundingClientRect()
    const outside = event.clientY > bottom - EDGE_PX || event.clientY < top || event.clientX > right - EDGE_PX
    if (outside) this.#edge = setInterval(() => this.#creep(event, { top, bottom, right }), EDGE_STEP_MS)
  }

  /** Near an edge the selection goes on by itself. */
  #creep({ clientX, clientY }, { top, bottom, right }) {
    const down = clientY > bottom - EDGE_PX ? 1 : clientY < top ? -1 : 0
    const across = clientX > right - EDGE_PX ? 1 : 0
    const { view, selection } = this.#targets
    const from = this.#dragging === 'fill' && this.#fillTo ? this.#fillTo : selection.head
    const row = Math.max(0, Math.min(view.rows - 1, from.row + down))
    const col = Math.max(0, Math.min(view.cols - 1, from.col + across))
    view.scrollTo(row, col)
    this.#extendTo({ row, col })
  }

  #reach(x, y) {
    const { left, top, right, bottom } = this.#host.getBoundingClientRect()
    const under = document.elementsFromPoint(clamp(x, left + 2, right - 2), clamp(y, top + 50, bottom - 2))
    const node = under.find((each) => each.classList.contains('slick-cell'))
    const cell = node && this.#targets.view.cellFromEvent({ target: node })
    if (cell) this.#extendTo(cell)
  }

  #extendTo(cell) {
    if (this.#dragging === 'select') {
      this.#targets.sheet.press(cell, true)
      return
    }
    this.#fillTo = cell
    this.#targets.overlay.drawTarget(stretch(this.#targets.selection.block, cell))
  }

  #onUp() {
    this.#ending.abort()
    clearInterval(this.#edge)
    if (this.#dragging === 'fill') {
      this.#targets.overlay.drawTarget(null)
      if (this.#fillTo) this.#targets.sheet.fillTo(stretch(this.#targets.selection.block, this.#fillTo))
    }
    this.#dragging = ''
    this.#fillTo = null
  }

  #onClick(event) {
    if (!inCanvas(event)) return
    event.stopPropagation()
    if (event.pointerType !== 'touch') return
    const cell = this.#targets.view.cellFromEvent(event)
    if (!cell) return
    if (event.target.closest('[data-fold]')) return this.#targets.sheet.fold(cell.row, undefined)
    const { row, col } = this.#targets.selection.active
    if (row === cell.row && col === cell.col && col > 0) this.#targets.sheet.edit()
    else this.#targets.sheet.press(cell, false)
  }

  #onDoubleClick(event) {
    if (!inCanvas(event)) return
    event.stopPropagation()
    const cell = this.#targets.view.cellFromEvent(event)
    if (cell?.col > 0) this.#targets.sheet.edit()
    else if (cell && !event.target.closest('[data-fold]')) this.#targets.sheet.fold(cell.row, undefined)
  }
}

function inCanvas(event) {
  return event.target instanceof Element && event.target.closest('.grid-canvas') !== null
}

function keepFocus(event) {
  if (inCanvas(event)) event.preventDefault()
}

const clamp = (value, low, high) => Math.max(low, Math.min(value, high))
