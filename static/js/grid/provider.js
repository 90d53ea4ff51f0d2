/**
 * Fetches rows in pages, by parent and offset, as they come into view. A page that scrolled away before it arrived is
 * given up; rows that may have changed are asked for again by their keys.
 */

/** @typedef {import('app/grid/tree.js').Tree} Tree */
/** @typedef {{columns: any[], total: number, rows: any[], version: number}} Answer */

export const PAGE = 100
const REFRESH_AT_ONCE = 150

export class Provider {
  #tree
  #fetch
  #onAnswer
  #onProblem
  /** @type {Map<string, {promise: Promise<void>, abort: AbortController, pinned: boolean}>} */
  #underway = new Map()
  #failed = new Set()
  #refreshing = false

  /**
   * @param {object} parts
   * @param {Tree} parts.tree
   * @param {(query: Record<string, string | number>, signal?: AbortSignal) => Promise<Answer>} parts.fetch
   * @param {(answer: Answer) => void} parts.onAnswer
   * @param {(problem: Error) => void} parts.onProblem
   */
  constructor({ tree, fetch, onAnswer, onProblem }) {
    this.#tree = tree
    this.#fetch = fetch
    this.#onAnswer = onAnswer
    this.#onProblem = onProblem
  }

  /** The first page of the top level. */
  start() {
    return this.#load('', 0, true)
  }

  /** Rows from `top` to `bottom` are on screen. @param {number} top @param {number} bottom */
  show(top, bottom) {
    const wanted = this.#missing(top, bottom)
    for (const [id, { abort, pinned }] of this.#underway) {
      if (!pinned && !wanted.has(id)) abort.abort()
    }
    for (const [id, { parent, offset }] of wanted) {
      if (!this.#failed.has(id)) this.#load(parent, offset, false)
    }
    this.#refreshStale(top, bottom)
  }

  /** Rows from `top` to `bottom` are needed whole: for a copy or a paste. @param {number} top @param {number} bottom */
  async ensure(top, bottom) {
    const wanted = this.#missing(top, bottom)
    await Promise.all([...wanted.values()].map(({ parent, offset }) => this.#load(parent, offset, true)))
  }

  /** One row is needed, by its place under its parent. @param {string} parent @param {number} offset */
  reach(parent, offset) {
    return this.#load(parent, offset - (offset % PAGE), true)
  }

  /** @param {number} top @param {number} bottom */
  complete(top, bottom) {
    return this.#missing(top, bottom).size === 0
  }

  /** Pages that failed are tried again. */
  retry() {
    this.#failed.clear()
  }

  /** @param {string[]} keys */
  async refresh(keys) {
    for (let at = 0; at < keys.length; at += REFRESH_AT_ONCE) {
      const some = keys.slice(at, at + REFRESH_AT_ONCE)
      const answer = await this.#fetch({ keys: some.join(',') })
      this.#tree.settle(some)
      this.#tree.update(answer.rows)
      this.#onAnswer(answer)
    }
  }

  /** Keys of the loaded rows between two indexes. @param {number} top @param {number} bottom @returns {string[]} */
  keys(top, bottom) {
    const keys = []
    for (let index = top; index <= bottom; index += 1) {
      const place = this.#tree.at(index)
      if (place?.row) keys.push(place.key)
    }
    return keys
  }

  #missing(top, bottom) {
    const pages = new Map()
    for (let index = Math.max(0, top); index <= bottom; index += 1) {
      const place = this.#tree.at(index)
      if (!place) break
      if (place.row) continue
      const offset = place.offset - (place.offset % PAGE)
      pages.set(pageId(place.parent, offset), { parent: place.parent, offset })
    }
    return pages
  }

  #load(parent, offset, pinned) {
    const id = pageId(parent, offset)
    const known = this.#underway.get(id)
    if (known) {
      known.pinned ||= pinned
      return known.promise
    }
    const abort = new AbortController()
    const promise = this.#receive(parent, offset, abort.signal)
      .catch((problem) => this.#fail(id, problem))
      .finally(() => this.#underway.delete(id))
    this.#underway.set(id, { promise, abort, pinned })
    return promise
  }

  async #receive(parent, offset, signal) {
    const answer = await this.#fetch({ parent, offset, limit: PAGE }, signal)
    this.#tree.setChildren(parent, offset, answer.rows, answer.total)
    // A page shorter than promised must not be asked for over and over.
    if (answer.rows.length < Math.min(PAGE, answer.total - offset)) this.#failed.add(pageId(parent, offset))
    this.#onAnswer(answer)
  }

  #fail(id, problem) {
    if (problem.name === 'AbortError') return
    this.#failed.add(id)
    this.#onProblem(problem)
  }

  async #refreshStale(top, bottom) {
    const stale = this.keys(top, bottom).filter((key) => this.#tree.isStale(key))
    if (stale.length === 0 || this.#refreshing) return
    this.#refreshing = true
    try {
      await this.refresh(stale)
    } catch (problem) {
      this.#onProblem(problem)
    } finally {
      this.#refreshing = false
    }
  }
}

const pageId = (parent, offset) => `${parent}@${offset}`
