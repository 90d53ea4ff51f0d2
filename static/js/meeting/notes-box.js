/**
 * The notes of the item that is on: saved as they are typed, merged with what others write, and kept in this browser
 * until the server has them, so that neither a reload nor a lost connection loses a word.
 */

import { merge } from 'app/meeting/notes.js'

const PAUSE = 600
const AGAIN = 3000

export class NotesBox {
  #text
  #saved
  #send
  #name
  #base
  #version
  #timer
  #busy = false

  /**
   * @param {HTMLTextAreaElement} text
   * @param {HTMLElement | null} saved says how far it is
   * @param {(item: string, text: string, version: number) => Promise<number>} send answers the version kept
   */
  constructor(text, saved, send) {
    this.#text = text
    this.#saved = saved
    this.#send = send
    this.#name = `notes ${text.dataset.notes}`
    this.#base = text.value
    this.#version = Number(text.dataset.notesVersion)
    text.addEventListener('input', () => this.#typed())
    this.#restore()
  }

  /** Words of an earlier page that never reached the server come first to it. */
  #restore() {
    const kept = localStorage.getItem(this.#name)
    if (kept === null) return
    const { base, mine } = JSON.parse(kept)
    this.#text.value = merge(base, mine, this.#base)
    this.#typed()
  }

  get dirty() {
    return this.#text.value !== this.#base
  }

  /** What the server has now. @param {string} theirs @param {number} version */
  remote(theirs, version) {
    if (version <= this.#version) return
    const { selectionStart, value } = this.#text
    const merged = merge(this.#base, value, theirs)
    this.#base = theirs
    this.#version = version
    if (merged !== value) {
      this.#text.value = merged
      const shift = merged.startsWith(value.slice(0, selectionStart)) ? selectionStart : merged.length
      if (document.activeElement === this.#text) this.#text.setSelectionRange(shift, shift)
    }
    if (this.dirty) this.#typed()
  }

  #typed() {
    localStorage.setItem(this.#name, JSON.stringify({ base: this.#base, mine: this.#text.value }))
    this.#say('')
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.save(), PAUSE)
  }

  async save() {
    if (this.#busy || !this.dirty) return this.#done()
    this.#busy = true
    const sent = this.#text.value
    let wait = 0
    try {
      this.#version = await this.#send(this.#text.dataset.notes, sent, this.#version)
      this.#base = sent
    } catch (problem) {
      if (problem.status === 409 && 'notes' in problem.body) this.remote(problem.body.notes, problem.body.version)
      else {
        this.#say(problem.status ? problem.message : 'not saved yet')
        wait = AGAIN
      }
    }
    this.#busy = false
    clearTimeout(this.#timer)
    if (this.dirty) this.#timer = setTimeout(() => this.save(), wait)
    else this.#done()
  }

  /** Nothing is waiting any more. */
  #done() {
    if (this.#busy || this.dirty) return
    localStorage.removeItem(this.#name)
    this.#say(this.#version ? 'saved' : '')
  }

  /** Stops for good, after a last attempt: another item is on. */
  leave() {
    clearTimeout(this.#timer)
    if (this.dirty) this.save()
  }

  #say(words) {
    if (this.#saved) this.#saved.textContent = words
  }
}
