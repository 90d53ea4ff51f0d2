/** What a planner does on the sheet: move, fold, enter, clear, fill, paste. Keys, mouse and clipboard all end here. */

import { isTotal } from 'app/grid/cells.js'
import { sourceDown, sourceRight } from 'app/grid/fill.js'
import { plainNumber } from 'app/grid/format.js'

/** @typedef {import('app/grid/selection.js').Block} Block @typedef {import('app/grid/selection.js').Cell} Cell */

export class Sheet {
  #tree
  #view
  #selection
  #saver
  #gestures
  #status
  #editor
  #onMoved
  #onFolded
  #seen = null

  /**
   * @param {object} parts
   * @param {import('app/grid/tree.js').Tree} parts.tree
   * @param {import('app/grid/view.js').GridView} parts.view
   * @param {import('app/grid/selection.js').Selection} parts.selection
   * @param {import('app/grid/saver.js').Saver} parts.saver
   * @param {import('app/grid/editing.js').Gestures} parts.gestures
   * @param {import('app/grid/status-bar.js').StatusBar} parts.status
   * @param {import('app/grid/editor.js').Editor} parts.editor
   * @param {boolean} parts.editable
   * @param {() => void} parts.onMoved
   * @param {() => void} parts.onFolded
   */
  constructor(parts) {
    this.#tree = parts.tree
    this.#view = parts.view
    this.#selection = parts.selection
    this.#saver = parts.saver
    this.#gestures = parts.gestures
    this.#status = parts.status
    this.#editor = parts.editor
    this.editable = parts.editable
    this.#onMoved = parts.onMoved
    this.#onFolded = parts.onFolded
  }

  /** @param {number} down @param {number} right @param {boolean} extend */
  move(down, right, extend) {
    this.#selection.moveBy(down, right, { extend })
    this.#moved()
  }

  /** Infinity is the last row or column, NaN the present one. @param {number} row @param {number} col @param {boolean} extend */
  go(row, col, extend) {
    const from = extend ? this.#selection.head : this.#selection.active
    this.#selection.moveTo(
      { row: Number.isNaN(row) ? from.row : row, col: Number.isNaN(col) ? from.col : col },
      { extend },
    )
    this.#moved()
  }

  /** Tab: along the row, past the totals. @param {1 | -1} step */
  moveAlong(step) {
    const { row, col } = this.#selection.active
    let next = col + step
    while (next > 0 && next < this.#view.cols - 1 && isTotal(this.#view.columns[next - 1])) next += step
    this.go(row, next, false)
  }

  selectAll() {
    this.#selection.selectAll()
    this.#onMoved()
  }

  /** A press of the mouse. @param {Cell} cell @param {boolean} extend */
  press(cell, extend) {
    if (!this.#editor.commit()) return
    this.#selection.moveTo(cell, { extend })
    this.#editor.focus()
    this.#onMoved()
  }

  /** Left and Right on a label: fold, unfold, or go to the row above. @param {boolean | undefined} open @returns {boolean} */
  foldByKey(open) {
    const { row } = this.#selection.active
    const place = this.#tree.at(row)
    if (!place?.row) return false
    if (this.fold(row, open)) return true
    const parent = open === false ? this.#tree.parentOf(place.key) : null
    if (!parent) return false
    this.go(this.#tree.indexOf(parent), 0, false)
    return true
  }

  /** @param {number} row @param {boolean | undefined} open the other way round when left out */
  fold(row, open) {
    const place = this.#tree.at(row)
    if (!place?.row?.children) return false
    const { key: active } = this.#tree.at(this.#selection.active.row) ?? {}
    if (!this.#tree.setOpen(place.key, open ?? !place.open)) return false
    const kept = active ? this.#tree.indexOf(active) : -1
    this.#selection.moveTo({ row: kept < 0 ? row : kept, col: this.#selection.active.col })
    this.#onFolded()
    return true
  }

  /** The text box opened over the active cell: what a colleague changes from now on is a conflict, not the base. */
  begin() {
    const { row, col } = this.#selection.active
    this.#seen = this.#saver.glimpse(this.#tree.at(row).key, col - 1)
  }

  /** Whether the active cell takes input; says why when it does not. */
  mayEdit() {
    const reason = this.editable ? this.#gestures.closed(this.#selection.active) : 'you are looking, not planning'
    if (reason) this.#status.note(`${this.#gestures.name(this.#selection.active)} takes no entry: ${reason}.`)
    return reason === ''
  }

  edit() {
    const place = this.#tree.at(this.#selection.active.row)
    if (place?.key) this.#editor.edit(plainNumber(this.#saver.shown(place.key, this.#selection.active.col - 1)))
  }

  /** @param {string | null} entry null goes back to the baseline */
  enter(entry) {
    const { row, col } = this.#selection.active
    const gesture = this.#gestures.enter({ top: row, left: col, bottom: row, right: col }, entry)
    this.#apply({ ...gesture, cells: gesture.cells.map((cell) => ({ ...cell, seen: this.#seen })) })
  }

  /** @param {string | null} entry */
  enterAll(entry) {
    this.#apply(this.#gestures.enter(this.#selection.block, entry))
  }

  /** @param {Block} target */
  fillTo(target) {
    this.#apply(this.#gestures.fill(this.#selection.block, target))
    this.#selection.select(target)
    this.#onMoved()
  }

  /** @param {'down' | 'right'} way */
  fill(way) {
    const { block } = this.#selection
    this.#apply(this.#gestures.fill(way === 'down' ? sourceDown(block) : sourceRight(block), block))
  }

  /** Locks the selection, or unlocks it when its first cell is locked. */
  toggleLock() {
    const { cells, locked } = this.#gestures.lockable(this.#selection.block)
    if (!this.editable || cells.length === 0) return this.#status.note('Nothing in the selection can be locked.')
    this.#saver.lock(cells, !locked)
  }

  get scope() {
    return this.#gestures.scope(this.#selection.block)
  }

  get locked() {
    return this.#gestures.lockable(this.#selection.block).locked
  }

  /** Ctrl+Space and Shift+Space. @param {'row' | 'column'} what */
  selectWhole(what) {
    const { row, col } = this.#selection.active
    const last = { row: this.#view.rows - 1, col: this.#view.cols - 1 }
    if (what === 'row') this.#selection.select({ top: row, left: 1, bottom: row, right: last.col })
    else this.#selection.select({ top: 0, left: Math.max(1, col), bottom: last.row, right: Math.max(1, col) })
    this.#onMoved()
  }

  /** @param {string[][]} text @param {boolean[] | undefined} totals */
  paste(text, totals) {
    this.#apply(this.#gestures.paste(text, this.#selection.block, totals))
  }

  #apply(gesture) {
    if (!this.editable) return
    this.#status.clearProblem()
    this.#saver.apply(gesture)
    if (gesture.cells.length === 0 && gesture.note) this.#status.note(gesture.note)
  }

  #moved() {
    const { row, col } = this.#selection.head
    this.#view.scrollTo(row, col)
    this.#onMoved()
  }
}
