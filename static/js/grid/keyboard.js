/** Keys of the grid, as in a spreadsheet. Each answers with what it did, so that the browser does not do it too. */

const MODIFIERS = new Set(['Shift', 'Control', 'Alt', 'Meta'])
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }

export class Keyboard {
  #editor
  #sheet
  #selection
  #view
  #undo
  #redo
  #changeMany
  #preview
  #leaveBack
  #leaving = false

  /**
   * @param {object} parts
   * @param {import('app/grid/editor.js').Editor} parts.editor
   * @param {import('app/grid/sheet.js').Sheet} parts.sheet
   * @param {import('app/grid/selection.js').Selection} parts.selection
   * @param {{cols: number, page: number}} parts.view
   * @param {() => void} parts.undo
   * @param {() => void} parts.redo
   * @param {() => void} parts.changeMany
   * @param {() => void} parts.preview what is typed would do to the rows below
   * @param {() => void} parts.leaveBack
   */
  constructor({ editor, sheet, selection, view, undo, redo, changeMany, preview, leaveBack }) {
    this.#editor = editor
    this.#sheet = sheet
    this.#selection = selection
    this.#view = view
    this.#undo = undo
    this.#redo = redo
    this.#changeMany = changeMany
    this.#preview = preview
    this.#leaveBack = leaveBack
    editor.box.addEventListener('keydown', (event) => this.#onKeyDown(event))
  }

  #onKeyDown(event) {
    if (event.isComposing || MODIFIERS.has(event.key)) return
    const done = this.#editor.open ? this.#whileEditing(event) : this.#whileMoving(event)
    this.#leaving = !this.#editor.open && event.key === 'Escape'
    if (done) event.preventDefault()
  }

  #whileEditing(event) {
    const { key, shiftKey: back } = event
    if (key === 'Escape') this.#editor.cancel()
    else if (key === 'F2') this.#editor.mode = 'editing'
    else if (key === 'Tab') this.#commitThen(() => this.#sheet.moveAlong(back ? -1 : 1))
    else if (key === 'Enter' && event.altKey) this.#preview()
    else if (key === 'Enter' && (event.ctrlKey || event.metaKey)) this.#fillBlock()
    else if (key === 'Enter') this.#commitThen(() => this.#sheet.move(back ? -1 : 1, 0, false))
    else if (this.#editor.mode === 'typing' && ARROWS[key])
      this.#commitThen(() => this.#sheet.move(...ARROWS[key], false))
    else return false
    return true
  }

  #commitThen(move) {
    if (this.#editor.commit()) move()
  }

  #fillBlock() {
    this.#editor.commitTo((entry) => this.#sheet.enterAll(entry))
  }

  #whileMoving(event) {
    const { key, shiftKey, ctrlKey, metaKey } = event
    if (ctrlKey || metaKey) return this.#withControl(event)
    if (key === 'Tab') return this.#tab(shiftKey)
    if ((key === 'ArrowLeft' || key === 'ArrowRight') && !shiftKey && this.#onLabel) {
      if (this.#sheet.foldByKey(key === 'ArrowRight')) return true
    }
    return this.#arrowOrJump(key, shiftKey) || this.#act(key, shiftKey)
  }

  #arrowOrJump(key, extend) {
    const { page } = this.#view
    if (ARROWS[key]) this.#sheet.move(...ARROWS[key], extend)
    else if (key === 'PageDown') this.#sheet.move(page, 0, extend)
    else if (key === 'PageUp') this.#sheet.move(-page, 0, extend)
    else if (key === 'Home') this.#sheet.go(Number.NaN, 1, extend)
    else if (key === 'End') this.#sheet.go(Number.NaN, Number.POSITIVE_INFINITY, extend)
    else return false
    return true
  }

  #act(key, shiftKey) {
    if (key === 'Enter') this.#sheet.move(shiftKey ? -1 : 1, 0, false)
    else if (key === 'F2') this.#sheet.edit()
    else if (key === 'Delete' || key === 'Backspace') this.#sheet.enterAll(null)
    else if (key === ' ' && shiftKey) this.#sheet.selectWhole('row')
    else if (key === ' ' && this.#onLabel) this.#sheet.foldByKey(undefined)
    else return false
    return true
  }

  #withControl({ key, shiftKey }) {
    const last = Number.POSITIVE_INFINITY
    const jumps = {
      Home: [0, 1],
      End: [last, last],
      ArrowUp: [0, Number.NaN],
      ArrowDown: [last, Number.NaN],
      ArrowLeft: [Number.NaN, 1],
      ArrowRight: [Number.NaN, last],
    }
    const acts = {
      z: () => this.#undo(),
      y: () => this.#redo(),
      d: () => this.#sheet.fill('down'),
      r: () => this.#sheet.fill('right'),
      a: () => this.#sheet.selectAll(),
      ' ': () => this.#sheet.selectWhole('column'),
    }
    const withShift = { z: () => this.#redo(), l: () => this.#sheet.toggleLock(), e: () => this.#changeMany() }
    const letter = key.toLowerCase()
    const act = jumps[key] ? () => this.#sheet.go(...jumps[key], shiftKey) : (shiftKey ? withShift : acts)[letter]
    act?.()
    return Boolean(act)
  }

  /** Tab walks the row and leaves the grid at its end, or at once after Escape: the grid is no trap. */
  #tab(back) {
    const leave = this.#leaving || (back ? this.#onLabel : this.#atEnd)
    if (!leave) this.#sheet.moveAlong(back ? -1 : 1)
    else if (back) this.#leaveBack()
    return !leave
  }

  get #onLabel() {
    return this.#selection.active.col === 0
  }

  get #atEnd() {
    return this.#selection.active.col === this.#view.cols - 1
  }
}
