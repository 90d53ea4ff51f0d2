/** The change sets this page made, last first. */

export class UndoStack {
  /** @type {{changeSet: string, label: string}[]} */
  #done = []
  #limit

  /** @param {number} [limit] */
  constructor(limit = 200) {
    this.#limit = limit
  }

  get size() {
    return this.#done.length
  }

  /** What would be taken back next, in words. */
  get label() {
    return this.#done.at(-1)?.label ?? ''
  }

  /** @param {string} changeSet @param {string} label */
  push(changeSet, label) {
    this.#done.push({ changeSet, label })
    if (this.#done.length > this.#limit) this.#done.shift()
  }

  /** Taken off only when the server has done it. @returns {string | null} */
  get next() {
    return this.#done.at(-1)?.changeSet ?? null
  }

  clear() {
    this.#done = []
  }

  /** @param {string} changeSet */
  remove(changeSet) {
    this.#done = this.#done.filter((each) => each.changeSet !== changeSet)
  }
}
