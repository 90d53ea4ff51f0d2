/**
 * The one text box of the grid. It always holds the focus, invisible over the active cell, so that the first key typed
 * already lands in it (also with an input method), and native copy and paste events arrive. Editing makes it visible.
 */

import { element } from 'app/dialogs.js'
import { parseEntry } from 'app/grid/shorthand.js'

export class Editor extends EventTarget {
  box = element('input', {
    class: 'pg-input',
    type: 'text',
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
    tabindex: '-1',
  })
  /** Beside the box, where what is typed would be split over the rows below. */
  offer = element('button', { class: 'pg-preview', type: 'button', tabindex: '-1', title: 'Alt+Enter' }, 'Preview')
  /** @type {'' | 'typing' | 'editing'} typing: arrows leave the cell; editing: they move the caret */
  mode = ''
  #mayEdit
  #splits

  /**
   * @param {object} parts
   * @param {string} parts.label
   * @param {string} parts.activeId
   * @param {() => boolean} parts.mayEdit whether the active cell takes input; says why when it does not
   * @param {() => boolean} parts.splits whether an entry into the active cell is split over the rows below
   * @param {() => void} parts.preview
   */
  constructor({ label, activeId, mayEdit, splits, preview }) {
    super()
    this.#mayEdit = mayEdit
    this.#splits = splits
    this.offer.hidden = true
    // The box keeps the focus: losing it would save the entry.
    this.offer.addEventListener('pointerdown', (event) => event.preventDefault())
    this.offer.addEventListener('mousedown', (event) => event.preventDefault())
    this.offer.addEventListener('click', preview)
    this.box.setAttribute('aria-label', label)
    this.box.setAttribute('aria-activedescendant', activeId)
    this.box.addEventListener('beforeinput', (event) => this.#onBeforeInput(event))
    this.box.addEventListener('input', () => this.#check())
    this.box.addEventListener('blur', () => this.commit())
  }

  get open() {
    return this.mode !== ''
  }

  /** A dialog that closes hands the focus back without a caret, and what is typed then goes nowhere: it is set anew. */
  focus() {
    this.box.focus({ preventScroll: true })
    if (!this.open) this.box.select()
  }

  /** @param {string} text the exact number as it stands */
  edit(text) {
    if (this.open || !this.#mayEdit()) return
    this.#show('editing')
    this.box.value = text
    this.box.select()
    this.#check()
  }

  /** Hands over what was typed. @returns {boolean} false when it cannot be read and the box stays open */
  commit() {
    if (!this.open) return true
    const text = this.box.value.trim()
    if (text !== '' && !parseEntry(text)) {
      this.#check()
      return false
    }
    this.#hide()
    this.dispatchEvent(new CustomEvent('entered', { detail: text === '' ? null : text }))
    return true
  }

  /** What is typed right now, if it can be read; the box stays open. @returns {string | null} */
  get typed() {
    const text = this.box.value.trim()
    if (!this.open || (text !== '' && parseEntry(text))) return this.open ? text : null
    this.#check()
    return null
  }

  /** As commit, but the entry goes elsewhere than into the active cell. @param {(entry: string) => void} take */
  commitTo(take) {
    const text = this.box.value.trim()
    if (!parseEntry(text)) return this.#check()
    this.#hide()
    take(text)
  }

  cancel() {
    this.#hide()
  }

  /** Kept inside the stage while it is invisible, so that a browser never scrolls the page to find it.
   * @param {{left: number, top: number, width: number, height: number}} at
   * @param {{width: number, height: number}} stage
   */
  place(at, stage) {
    const left = this.open ? at.left : Math.max(0, Math.min(at.left, stage.width - 2))
    const top = this.open ? at.top : Math.max(0, Math.min(at.top, stage.height - 2))
    Object.assign(this.box.style, { left: `${left}px`, top: `${top}px` })
    const size = this.open ? { width: `${at.width}px`, height: `${at.height}px` } : { width: '', height: '' }
    Object.assign(this.box.style, size)
    Object.assign(this.offer.style, { left: `${at.left}px`, top: `${at.top + at.height + 2}px` })
  }

  #onBeforeInput(event) {
    if (this.open) return
    // A paste is handled as a block by the grid, and deletion by its keys; only typed text opens the box.
    if (!event.inputType.startsWith('insert') || event.inputType === 'insertFromPaste' || !this.#mayEdit()) {
      event.preventDefault()
      return
    }
    this.box.value = ''
    this.#show('typing')
  }

  #show(mode) {
    this.mode = mode
    this.box.classList.add('editing')
    this.offer.hidden = !this.#splits()
    this.dispatchEvent(new Event('opened'))
  }

  #hide() {
    this.mode = ''
    this.box.value = ''
    this.box.classList.remove('editing')
    this.offer.hidden = true
    this.box.removeAttribute('aria-invalid')
    this.dispatchEvent(new Event('closed'))
  }

  #check() {
    const text = this.box.value.trim()
    const bad = this.open && text !== '' && !/^[-+=*]$/.test(text) && !parseEntry(text)
    if (bad) this.box.setAttribute('aria-invalid', 'true')
    else this.box.removeAttribute('aria-invalid')
  }
}
