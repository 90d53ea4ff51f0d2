/**
 * Sections about the selected row: each element with `data-row-src` is loaded from there with `row`, `month` (none for
 * a total) and `measure` when the selection comes to rest. One that has `data-row-needs="month"` waits for a month.
 * A section in which somebody is writing is left alone, and one about to write keeps the focus; an answer to a question
 * no longer asked is dropped.
 */

import { withQuery } from 'app/http.js'

const PAUSE_MS = 120
const MONTH = /^\d{4}-\d{2}$/

/** @typedef {{row: string, month: string, measure: string}} Place */

export class RowSections {
  #sections
  #timer = 0
  /** @type {Map<HTMLElement, string>} what each section was asked for last */
  #asked = new Map()
  /** @type {Place} */
  #place = { row: 'total', month: '', measure: '' }

  /** @param {Iterable<HTMLElement>} sections */
  constructor(sections) {
    this.#sections = [...sections]
    for (const section of this.#sections) section.addEventListener('htmx:beforeSwap', (event) => this.#onAnswer(event))
  }

  /** @param {Place} place */
  follow(place) {
    this.#place = place
    this.reload()
  }

  reload() {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#load(), PAUSE_MS)
  }

  /** @param {CustomEvent} event */
  #onAnswer({ target, detail }) {
    const own = detail.requestConfig.elt === target && detail.requestConfig.verb === 'get'
    const asked = this.#asked.get(target)
    if (!own) return
    if ((asked && detail.requestConfig.path !== asked) || writesIn(target)) detail.shouldSwap = false
    else if (target.querySelector('textarea:focus')) {
      target.addEventListener('htmx:afterSwap', () => target.querySelector('textarea')?.focus(), { once: true })
    }
  }

  #load() {
    for (const section of this.#sections) {
      const url = addressOf(section.dataset, this.#place)
      if (!url || writesIn(section)) continue
      this.#asked.set(section, url)
      window.htmx.ajax('GET', url, { source: section, target: section, swap: 'innerHTML' })
    }
  }
}

/**
 * Where a section is loaded from; empty when the place is not one it can tell of.
 * @param {{rowSrc?: string, rowNeeds?: string}} section
 * @param {Place} place
 */
export function addressOf({ rowSrc, rowNeeds }, { row, month, measure }) {
  const known = MONTH.test(month) ? month : ''
  if (!rowSrc || (rowNeeds === 'month' && !known)) return ''
  return withQuery(rowSrc, { row, month: known, measure })
}

/** @param {HTMLElement} section */
function writesIn(section) {
  const field = section.querySelector('textarea:focus, input:focus')
  return Boolean(field?.value)
}
