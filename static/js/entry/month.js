/**
 * One month of a row while it is being changed. How it was changed goes to the server as it was meant: −10 % twice is
 * a share, +1 three times is three more, anything else is a number.
 */

import { applyEntry, setTo } from 'app/grid/shorthand.js'

export class MonthEntry {
  /** @type {string | null | undefined} what is sent; undefined while nothing was changed, null for the baseline */
  entry = undefined

  /** @param {DOMStringMap | Record<string, string | undefined>} data the attributes of a month's button */
  constructor({ month, label, value, baseline, lastYear, version, entered }) {
    this.month = month ?? ''
    this.label = label ?? ''
    this.saved = Number(value)
    this.baseline = Number(baseline)
    this.lastYear = lastYear ? Number(lastYear) : null
    this.version = Number(version ?? 0)
    this.entered = entered !== undefined
    this.value = this.saved
  }

  get changed() {
    return this.entry !== undefined
  }

  get asBaseline() {
    return this.changed ? this.entry === null : !this.entered
  }

  /** A quick key: `*1.1`, `+1`, or empty for the baseline. @param {string} step */
  step(step) {
    if (!step) {
      this.value = this.baseline
      this.entry = this.entered ? null : undefined
    } else if (step.startsWith('*')) this.#scale(step)
    else this.#add(step)
    return true
  }

  /** What was typed: a number or the grid's shorthand; false when it means nothing. @param {string} text */
  type(text) {
    if (text.trim() === '') return this.step('')
    const value = applyEntry(text, this.value)
    if (value === null || value < 0) return false
    const untouched = /^[\d.\s]+$/.test(text) && Math.abs(value - this.value) <= 0.05
    if (!untouched) {
      this.entry = this.changed ? setTo(value) : text.trim()
      this.value = value
    }
    return true
  }

  /** @param {string} row */
  asCell(row) {
    return { row, month: this.month, entry: this.entry ?? null, base: this.saved, version: this.version }
  }

  #scale(step) {
    const pure = this.saved > 0 && (this.entry === undefined || this.entry?.startsWith('*'))
    this.value = applyEntry(step, this.value) ?? this.value
    if (pure) this.entry = `*${this.value / this.saved}`
    else this.#set()
  }

  #add(step) {
    const pure = this.entry === undefined || /^[+-]/.test(this.entry ?? '')
    const after = applyEntry(step, this.value) ?? this.value
    this.value = Math.max(0, after)
    if (pure && after >= 0) this.#differ(Math.round((this.value - this.saved) * 1e6) / 1e6)
    else this.#set()
  }

  #differ(difference) {
    if (difference === 0) this.entry = undefined
    else this.entry = difference > 0 ? `+${difference}` : String(difference)
  }

  #set() {
    this.value = Math.round(this.value)
    this.entry = setTo(this.value)
  }
}
