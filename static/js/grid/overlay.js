/** The frame round the active cell, the wash over the selection and the fill handle, laid over the cells. */

import { element } from 'app/dialogs.js'

/** @typedef {import('app/grid/selection.js').Block} Block @typedef {import('app/grid/view.js').GridView} GridView */

export class Overlay {
  #view
  #active = layer('pg-active')
  #range = layer('pg-range')
  #target = layer('pg-target')
  #handle = layer('pg-fill')
  #marked = null

  /** @param {GridView} view */
  constructor(view) {
    this.#view = view
  }

  get handle() {
    return this.#handle
  }

  /**
   * @param {import('app/grid/selection.js').Selection} selection
   * @param {{fillable: boolean, activeId: string}} options
   */
  draw(selection, { fillable, activeId }) {
    const { left, right } = this.#view.layers
    const { row, col } = selection.active
    if (row >= this.#view.rows || selection.head.row >= this.#view.rows) return this.#clear()
    place(this.#active, col === 0 ? left : right, this.#view.box(row, col))
    const block = selection.block
    const box = this.#around(block)
    place(this.#range, right, selection.isSingle ? null : box)
    const corner = { top: box.bottom - 5, left: box.right - 5, bottom: box.bottom + 4, right: box.right + 4 }
    place(this.#handle, right, fillable && col > 0 ? corner : null)
    this.#mark(row, col, activeId)
  }

  /** The block a drag of the handle would fill. @param {Block | null} block */
  drawTarget(block) {
    place(this.#target, this.#view.layers.right, block && this.#around(block))
  }

  #clear() {
    for (const box of [this.#active, this.#range, this.#handle]) box.remove()
  }

  #around(block) {
    const first = this.#view.box(block.top, block.left)
    const last = this.#view.box(block.bottom, block.right)
    return { top: first.top, left: first.left, bottom: last.bottom, right: last.right }
  }

  /** The text box points at the active cell by id; the row's label shows where we are. */
  #mark(row, col, id) {
    const node = this.#view.node(row, col)
    if (this.#marked !== node) {
      this.#marked?.removeAttribute('id')
      this.#marked?.removeAttribute('aria-selected')
    }
    this.#marked = node
    if (!node) return
    node.id = id
    node.setAttribute('aria-selected', 'true')
    for (const here of this.#view.layers.left.querySelectorAll('.pg-here')) here.classList.remove('pg-here')
    this.#view.node(row, 0)?.parentElement?.classList.add('pg-here')
  }
}

function layer(name) {
  return element('div', { class: name, 'aria-hidden': 'true' })
}

function place(box, parent, at) {
  if (!at) return box.remove()
  if (box.parentElement !== parent) parent.append(box)
  Object.assign(box.style, {
    top: `${at.top}px`,
    left: `${at.left}px`,
    width: `${at.right - at.left}px`,
    height: `${at.bottom - at.top}px`,
  })
}
