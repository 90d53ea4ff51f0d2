/**
 * Find in the grid: Ctrl+F leads to the box below it, Enter and Shift+Enter walk the rows found in the whole plan,
 * Esc leads back to the cell. A second Ctrl+F is the browser's own.
 */

import { announce } from 'app/announce.js'
import { element } from 'app/dialogs.js'
import { formatNumber } from 'app/grid/format.js'

const PAUSE_MS = 250

export class FindBox {
  box = element('span', { class: 'pg-find', role: 'search' })
  #input = element('input', {
    type: 'search',
    placeholder: 'Find a row',
    'aria-label': 'Find a row by name or code',
    title: 'Ctrl+F; Enter and Shift+Enter go to the next and the previous, Esc back to the cell',
    autocomplete: 'off',
    spellcheck: 'false',
  })
  #count = element('span', { class: 'muted tn' })
  #parts
  #timer = 0
  /** One step after another, so that Enter right after the last letter goes on from what that found. */
  #steps = Promise.resolve()
  #asked = ''
  #hits = { keys: [], more: false }
  #at = -1
  #onKey = (event) => this.#open(event)

  /**
   * @param {object} parts
   * @param {(query: Record<string, string>) => Promise<any>} parts.ask
   * @param {(path: [string, number][]) => Promise<void>} parts.goTo
   * @param {() => void} parts.leave
   * @param {(problem: Error) => void} parts.onProblem
   */
  constructor(parts) {
    this.#parts = parts
    this.box.append(this.#input, this.#count)
    this.#input.addEventListener('keydown', (event) => this.#onKeyDown(event))
    this.#input.addEventListener('input', () => this.#soon())
    document.addEventListener('keydown', this.#onKey)
  }

  stop() {
    clearTimeout(this.#timer)
    document.removeEventListener('keydown', this.#onKey)
  }

  #open(event) {
    const find = event.key.toLowerCase() === 'f' && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey
    if (!find || document.activeElement === this.#input || document.querySelector('dialog[open]')) return
    event.preventDefault()
    this.#input.focus()
    this.#input.select()
  }

  #onKeyDown(event) {
    if (event.isComposing || (event.key !== 'Enter' && event.key !== 'Escape')) return
    event.preventDefault()
    clearTimeout(this.#timer)
    if (event.key === 'Escape') this.#parts.leave()
    else this.#go(event.shiftKey ? -1 : 1)
  }

  #soon() {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#go(0), PAUSE_MS)
  }

  #go(by) {
    this.#steps = this.#steps.then(() => this.#step(by))
  }

  /** To the next row found, the one before, or for a new text to the first. @param {number} by */
  async #step(by) {
    try {
      const fresh = await this.#search()
      const { keys } = this.#hits
      if (keys.length > 0) {
        this.#at = fresh ? 0 : (this.#at + by + keys.length) % keys.length
        const { path } = await this.#parts.ask({ row: keys[this.#at] })
        await this.#parts.goTo(path)
      }
      this.#say()
    } catch (problem) {
      this.#parts.onProblem(problem)
    }
  }

  /** @returns {Promise<boolean>} whether the text is another than before */
  async #search() {
    const text = this.#input.value.trim()
    if (text === this.#asked) return false
    this.#asked = text
    this.#hits = text ? await this.#parts.ask({ text }) : { keys: [], more: false }
    this.#at = -1
    return true
  }

  #say() {
    const { keys, more } = this.#hits
    const found = `${formatNumber(this.#at + 1)} of ${formatNumber(keys.length)}${more ? '+' : ''}`
    this.#count.textContent = this.#asked === '' ? '' : keys.length > 0 ? found : 'no row'
    announce(this.#asked === '' ? '' : keys.length > 0 ? `Row ${found}` : 'No row has this name or code')
  }
}
