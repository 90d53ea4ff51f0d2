/**
 * Sends gestures to the server, one request each, in the order they were made, and takes in what it answers:
 * rows after the edit, a conflict to decide, or the reason why nothing was written.
 */

import { nameOf } from 'app/grid/cells.js'
import { Pending } from 'app/grid/pending.js'
import { UndoStack } from 'app/grid/undo.js'

/**
 * @typedef {import('app/grid/editing.js').Gesture} Gesture @typedef {import('app/grid/editing.js').CellEntry} CellEntry
 * @typedef {{row: string, month: string, label: string, base: number, mine: number | null, theirs: number, by: string, at: string | null}} Conflict
 */

export class Saver extends EventTarget {
  pending = new Pending()
  undoable = new UndoStack()
  redoable = new UndoStack()
  #parts
  #queue = Promise.resolve()
  #waiting = 0

  /**
   * @param {object} parts
   * @param {import('app/grid/tree.js').Tree} parts.tree
   * @param {() => import('app/grid/cells.js').Column[]} parts.columns
   * @param {(kind: 'edit' | 'approval' | 'undo' | 'lock', body: object) => Promise<any>} parts.post
   * @param {() => string[]} parts.onScreen keys whose new values the answer should bring
   * @param {(conflicts: Conflict[], cells: CellEntry[]) => Promise<CellEntry[]>} parts.decide
   * @param {(problem: any, cells: CellEntry[]) => Promise<import('app/grid/reason-dialog.js').Cause | null>} parts.explain
   */
  constructor(parts) {
    super()
    this.#parts = parts
  }

  get busy() {
    return this.#waiting > 0
  }

  /** The value as the server last said. @param {string} key @param {number} col */
  saved(key, col) {
    return this.#parts.tree.row(key)?.values[col] ?? null
  }

  /** The value as the page shows it. @param {string} key @param {number} col */
  shown(key, col) {
    const pending = this.pending.get(key, col)
    return pending ? pending.value : this.saved(key, col)
  }

  /** @param {Gesture} gesture */
  apply(gesture) {
    if (gesture.cells.length === 0) return
    // What the planner saw when making the gesture is what a conflict is measured against,
    // unless an own edit is still under way: then its answer is.
    const seen = this.busy ? null : this.#seen(gesture.cells)
    this.pending.add(gesture.cells, gesture, (key, col) => this.shown(key, col))
    this.#tell('pending', gesture)
    this.#enqueue(() => this.#save(gesture, gesture.cells, { seen, force: false }))
  }

  /** The last change of this page, or one that is named in a list. @param {string} [changeSet] */
  undo(changeSet) {
    this.#enqueue(async () => {
      const wanted = changeSet ?? this.undoable.next
      if (!wanted) return this.#tell('note', { text: 'Nothing to undo on this page.' })
      await this.#putBack(
        wanted,
        changeSet ? 'the change' : this.undoable.label,
        this.undoable,
        this.redoable,
        'Undone',
      )
    })
  }

  redo() {
    this.#enqueue(async () => {
      const wanted = this.redoable.next
      if (!wanted) return this.#tell('note', { text: 'Nothing to do again.' })
      await this.#putBack(wanted, this.redoable.label, this.redoable, this.undoable, 'Done again')
    })
  }

  /** @param {{row: string, month: string}[]} cells @param {boolean} locked */
  lock(cells, locked) {
    this.#enqueue(async () => {
      const answer = await this.#parts.post('lock', { cells, locked, refresh: this.#parts.onScreen() })
      this.#done(answer, locked ? 'Lock' : 'Unlock', answer.note)
    })
  }

  /** An undo is a change set too, which the other stack can take back. */
  async #putBack(changeSet, label, from, to, verb) {
    const answer = await this.#parts.post('undo', { change_set: changeSet, refresh: this.#parts.onScreen() })
    from.remove(changeSet)
    to.push(answer.change_set, label)
    this.#take(answer)
    this.#tell('saved', { answer, text: `${verb}: ${label}` })
  }

  /** A change made from a dialog beside the grid is taken in and can be undone. */
  adopt(answer, label) {
    this.#done(answer, label, answer.note)
  }

  #done(answer, label, text) {
    this.undoable.push(answer.change_set, label)
    this.redoable.clear()
    this.#take(answer)
    this.#tell('saved', { answer, text })
  }

  #enqueue(work) {
    this.#waiting += 1
    this.#queue = this.#queue
      .then(work)
      .catch((problem) => this.#refused(problem))
      .finally(() => {
        this.#waiting -= 1
        this.#tell('settled', {})
      })
  }

  async #save(gesture, cells, { seen, force, kind = 'edit', cause = {} }) {
    const edits = seen ?? this.#seen(cells)
    try {
      const answer = await this.#parts.post(kind, { cells: edits, ...cause, force, refresh: this.#parts.onScreen() })
      this.pending.drop(gesture)
      // Nothing but frozen months: the plan stays as it is until somebody approves.
      if (!answer.change_set) {
        this.#tell('dropped', {})
        return this.#tell('note', { text: answer.note })
      }
      this.#done(answer, gesture.label, [answer.note, gesture.note].filter(Boolean).join('. '))
    } catch (problem) {
      if (problem.body?.reason_required || problem.body?.approval_required) {
        return this.#explain(gesture, cells, { seen: edits, force }, problem)
      }
      if (problem.status === 409 && problem.body?.conflicts) return this.#decide(gesture, cells, problem.body.conflicts)
      this.pending.drop(gesture)
      this.#refused(problem, cells, problem.status === 0 ? () => this.apply(gesture) : undefined)
    }
  }

  /** Asks why, and saves again with the answer; without one the cells go back to what they were. */
  async #explain(gesture, cells, options, problem) {
    const cause = await this.#parts.explain(problem, cells)
    if (cause) {
      const kind = problem.body.approval_required ? 'approval' : 'edit'
      return this.#save(gesture, cells, { ...options, kind, cause })
    }
    this.pending.drop(gesture)
    this.#tell('dropped', {})
    this.#tell('note', { text: 'Nothing was changed.' })
  }

  async #decide(gesture, cells, conflicts) {
    this.#tell('conflict', { conflicts })
    const decided = await this.#parts.decide(conflicts, cells)
    const kept = decided.map((cell) => ({ ...cell, seen: null }))
    this.pending.drop(gesture)
    this.#tell('dropped', {})
    if (kept.length === 0) return this.#tell('note', { text: 'Nothing was changed; the newer values stay.' })
    this.pending.add(kept, gesture, (key, col) => this.saved(key, col))
    this.#tell('pending', gesture)
    await this.#save(gesture, kept, { seen: null, force: true })
  }

  /** The state of a cell as an entry begins; null while an own edit is under way. @param {string} key @param {number} col */
  glimpse(key, col) {
    return this.busy ? null : this.#stateOf(key, col)
  }

  #seen(cells) {
    const columns = this.#parts.columns()
    return cells.map(({ key, col, entry, seen }) => ({
      row: key,
      month: columns[col].id,
      entry,
      ...(seen ?? this.#stateOf(key, col)),
    }))
  }

  #stateOf(key, col) {
    const version = this.#parts.tree.row(key)?.versions?.[this.#parts.columns()[col].id] ?? null
    return { base: this.saved(key, col), version }
  }

  #take(answer) {
    this.#parts.tree.markStale()
    this.#parts.tree.update(answer.rows)
  }

  #refused(problem, cells = [], again = undefined) {
    this.#tell('refused', { text: this.#sentence(problem, cells), problem, again })
  }

  #sentence(problem, cells) {
    const columns = this.#parts.columns()
    const named = Object.entries(problem.errors ?? {}).map(([path, messages]) => {
      const cell = cells[Number(path.split('.')[1])]
      const name = cell ? nameOf(this.#parts.tree.row(cell.key), columns[cell.col]) : ''
      return [name, [messages].flat().join(' ')].filter(Boolean).join(': ')
    })
    if (named.length === 0) return problem.message
    const more = named.length > 3 ? ` And ${named.length - 3} more.` : ''
    return `Nothing was saved. ${named.slice(0, 3).join(' ')}${more}`
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }))
  }
}
