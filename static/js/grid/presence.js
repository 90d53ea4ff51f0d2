/** Who else is on the plan: says where this page is, and draws a frame with the name where the others are. */

import { element } from 'app/dialogs.js'

const BEAT_MS = 10_000
const PAUSE_MS = 400

/** @typedef {{name: string, initials: string, row?: string, month?: string}} Colleague */

export class Presence {
  /** @type {Colleague[]} */ #others = []
  #parts
  #frames = []
  #place = { row: '', month: '' }
  #timer = 0

  /**
   * @param {object} parts
   * @param {(place: object) => Promise<{others: Colleague[]}>} parts.send
   * @param {import('app/grid/tree.js').Tree} parts.tree
   * @param {import('app/grid/view.js').GridView} parts.view
   * @param {(others: Colleague[]) => void} parts.onOthers
   */
  constructor(parts) {
    this.#parts = parts
  }

  /** @param {string} row @param {string | null} month */
  moveTo(row, month) {
    this.#place = { row, month: month ?? '' }
    this.#beatIn(PAUSE_MS)
  }

  stop() {
    clearTimeout(this.#timer)
    this.#timer = -1
  }

  /** Frames follow the rows on screen: those of rows that are folded away or not loaded are left out. */
  draw() {
    for (const frame of this.#frames) frame.remove()
    this.#frames = []
    const { view } = this.#parts
    if (!view.started) return
    for (const { cell, name } of placesOf(this.#others, this.#parts.tree, view.columns)) {
      const box = view.box(cell.row, cell.col)
      const frame = element('div', { class: 'pg-colleague', 'aria-hidden': 'true' }, element('span', {}, name))
      Object.assign(frame.style, {
        left: `${box.left}px`,
        top: `${box.top}px`,
        width: `${box.right - box.left}px`,
        height: `${box.bottom - box.top}px`,
      })
      if (cell.row === 0) frame.classList.add('below')
      ;(cell.col === 0 ? view.layers.left : view.layers.right).append(frame)
      this.#frames.push(frame)
    }
  }

  #beatIn(pause) {
    if (this.#timer === -1) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#beat(), pause)
  }

  /** A page that nobody looks at says nothing and is forgotten. */
  async #beat() {
    try {
      if (!document.hidden) {
        const { others } = await this.#parts.send(this.#place)
        this.#others = others
        this.#parts.onOthers(others)
        this.draw()
      }
    } catch {
      // Whoever cannot be heard of now is heard of with the next beat.
    }
    this.#beatIn(BEAT_MS)
  }
}

/**
 * Where colleagues stand among the rows in sight, one name per cell.
 * @param {Colleague[]} others
 * @param {{indexOf: (key: string) => number}} tree
 * @param {{id: string}[]} columns
 */
export function placesOf(others, tree, columns) {
  const places = new Map()
  for (const { name, row, month } of others) {
    const at = row ? tree.indexOf(row) : -1
    if (at < 0) continue
    const cell = { row: at, col: 1 + columns.findIndex(({ id }) => id === month) }
    const id = `${cell.row} ${cell.col}`
    const known = places.get(id)
    places.set(id, { cell, name: known ? `${known.name}, ${name.split(' ')[0]}` : name.split(' ')[0] })
  }
  return [...places.values()]
}

/** The avatars of the toolbar. @param {HTMLElement} box @param {Colleague[]} others */
export function drawAvatars(box, others) {
  box.replaceChildren(
    ...others.map(({ name, initials }) =>
      element('span', { class: 'ek-av s', role: 'img', title: name, 'aria-label': name }, initials),
    ),
  )
}
