/**
 * <planning-grid src find-src start-path start-month edit-src undo-src label unit>: the plan as a sheet. This module only joins the parts: what is
 * loaded (tree, provider), drawn (view, overlay, status bar), asked for (keyboard, pointer, editor) and sent (saver).
 * Emits `row-selected`, `saved` and `conflict`.
 */

import { element } from 'app/dialogs.js'
import { decide } from 'app/grid/conflict-dialog.js'
import { ContextMenu } from 'app/grid/context-menu.js'
import { applyDensity } from 'app/grid/density.js'
import { Gestures } from 'app/grid/editing.js'
import { Editor } from 'app/grid/editor.js'
import { Exchange } from 'app/grid/exchange.js'
import { FindBox } from 'app/grid/find.js'
import { Keyboard } from 'app/grid/keyboard.js'
import { changeMany } from 'app/grid/mass-dialog.js'
import { Overlay } from 'app/grid/overlay.js'
import { Pointer } from 'app/grid/pointer.js'
import { Presence } from 'app/grid/presence.js'
import { Provider } from 'app/grid/provider.js'
import { Readout } from 'app/grid/readout.js'
import { askWhy } from 'app/grid/reason-dialog.js'
import { Saver } from 'app/grid/saver.js'
import { Selection } from 'app/grid/selection.js'
import { Sheet } from 'app/grid/sheet.js'
import { showSplit } from 'app/grid/split-dialog.js'
import { openAt } from 'app/grid/start.js'
import { StatusBar } from 'app/grid/status-bar.js'
import { Tree } from 'app/grid/tree.js'
import { GridView } from 'app/grid/view.js'
import { getJSON, postJSON, withQuery } from 'app/http.js'

const CHANGE_PAUSE_MS = 300
/** Past columns in sight before the first that takes input: three months and their quarter. */
/** Past months in sight at first, by the width of the grid. */
const PAST_SHOWN = [
  [600, 1],
  [960, 2],
  [Infinity, 4],
]
let count = 0

class PlanningGrid extends HTMLElement {
  #readyNow = () => {}
  /** @type {Promise<void>} resolves when the first rows are painted, or could not be had */
  ready = new Promise((resolve) => {
    this.#readyNow = resolve
  })
  #activeId = `planning-grid-${++count}-active`
  #stage = element('div', { class: 'pg-stage' })
  #host = element('div', { class: 'pg-slick' })
  #tree = new Tree()
  #selection = new Selection(() => this.#view)
  #provider = new Provider({
    tree: this.#tree,
    fetch: (query, signal) => getJSON(withQuery(this.getAttribute('src'), query), { signal }),
    onAnswer: (answer) => this.#onAnswer(answer),
    onProblem: (problem) => this.#onProblem(problem),
  })
  #saver = new Saver({
    tree: this.#tree,
    columns: () => this.#view.columns,
    post: (kind, body) => postJSON(this.getAttribute(`${kind}-src`), body),
    onScreen: () => this.#provider.keys(this.#view.shown.top, this.#view.shown.bottom),
    decide: (conflicts, cells) => decide(this.#named(conflicts), cells, this.#view.columns),
    explain: (problem, cells) => this.#explain(problem, cells),
  })
  #view
  #overlay
  #editor
  #status
  #sheet
  #own = new Set()
  #readout
  #menu
  /** @type {FindBox | undefined} */
  #find
  /** @type {Presence | undefined} */
  #presence
  #changeTimer = 0
  #resizing = new ResizeObserver(() => this.#view.resize())
  #onChange = (event) => this.#changedElsewhere(event.detail)
  /** Leaving while an entry is on its way would lose sight of its answer. */
  #onLeave = (event) => {
    if (this.#saver.busy) event.preventDefault()
  }

  connectedCallback() {
    applyDensity(this)
    this.#build()
    this.#joinOthers()
    this.#listen()
    this.#resizing.observe(this.#stage)
    document.addEventListener('ek:change', this.#onChange)
    addEventListener('beforeunload', this.#onLeave)
    this.#provider
      .start()
      .then(() => this.#goToStart())
      .finally(() => this.#readyNow())
  }

  disconnectedCallback() {
    document.removeEventListener('ek:change', this.#onChange)
    removeEventListener('beforeunload', this.#onLeave)
    this.#resizing.disconnect()
    clearTimeout(this.#changeTimer)
    this.#readout.stop()
    this.#presence?.stop()
    this.#find?.stop()
    this.#view.destroy()
    this.replaceChildren()
  }

  /** Asks for the rows on screen again; the viewport stays. */
  refresh() {
    if (!this.#view.started) return
    this.#tree.markStale()
    this.#showRows()
  }

  #build() {
    const label = this.getAttribute('label') ?? 'Plan'
    const editable = this.hasAttribute('edit-src')
    this.#view = new GridView(this.#host, {
      tree: this.#tree,
      label,
      unit: this.getAttribute('unit') ?? '',
      stateOf: (key, col) => ({
        value: this.#saver.shown(key, col),
        unsaved: Boolean(this.#saver.pending.get(key, col)),
      }),
      onShown: (top, bottom) => this.#provider.show(top, bottom),
      onPainted: () => this.#drawSelection(),
    })
    this.#overlay = new Overlay(this.#view)
    this.#status = new StatusBar({ base: this.#base, onUndo: () => this.#saver.undo() })
    this.#editor = new Editor({
      label,
      activeId: this.#activeId,
      mayEdit: () => this.#sheet.mayEdit(),
      splits: () => this.#splits,
      preview: () => this.#preview(),
    })
    this.#sheet = new Sheet({
      tree: this.#tree,
      view: this.#view,
      selection: this.#selection,
      saver: this.#saver,
      status: this.#status,
      editor: this.#editor,
      editable,
      gestures: this.#gestures(),
      onMoved: () => this.#onMoved(),
      onFolded: () => this.#redraw(),
    })
    this.#readout = new Readout({
      tree: this.#tree,
      view: this.#view,
      selection: this.#selection,
      provider: this.#provider,
      saver: this.#saver,
      status: this.#status,
      onRow: (detail) => {
        this.#emit('row-selected', detail)
        this.#presence?.moveTo(detail.key, detail.month)
      },
    })
    this.#menu = new ContextMenu(this.#stage, { items: () => this.#menuItems(), onClose: () => this.#editor.focus() })
    this.#stage.replaceChildren(this.#host, this.#editor.box, this.#editor.offer)
    this.replaceChildren(this.#stage, this.#status.problem, this.#status.bar)
    if (this.hasAttribute('find-src')) this.#status.bar.prepend(this.#makeFind().box)
  }

  #makeFind() {
    this.#find = new FindBox({
      ask: (query) => getJSON(withQuery(this.getAttribute('find-src'), query)),
      goTo: (path) => this.#goTo(path, this.#selection.active.col),
      leave: () => this.#editor.focus(),
      onProblem: (problem) => this.#onProblem(problem),
    })
    return this.#find
  }

  #joinOthers() {
    if (!this.hasAttribute('presence-src')) return
    this.#presence = new Presence({
      send: (place) => postJSON(this.getAttribute('presence-src'), place),
      tree: this.#tree,
      view: this.#view,
      onOthers: (others) => this.#emit('others', { others }),
    })
    this.#presence.moveTo('', null)
  }

  /** What a cell goes back to when its entry is taken away. */
  get #base() {
    return this.getAttribute('base') ?? 'baseline'
  }

  #gestures() {
    return new Gestures({
      base: this.#base,
      tree: this.#tree,
      columns: () => this.#view.columns,
      shown: (key, col) => this.#saver.shown(key, col),
    })
  }

  #listen() {
    this.#host.addEventListener('focusin', () => this.#editor.focus())
    this.#stage.addEventListener('contextmenu', (event) => this.#onContextMenu(event))
    this.#editor.addEventListener('opened', () => this.#openEditor())
    this.#editor.addEventListener('closed', () => this.#drawSelection())
    this.#editor.addEventListener('entered', (event) => this.#sheet.enter(event.detail))
    for (const type of ['pending', 'dropped']) this.#saver.addEventListener(type, () => this.#redraw())
    this.#saver.addEventListener('note', (event) => this.#status.note(event.detail.text))
    this.#saver.addEventListener('saved', (event) => this.#onSaved(event.detail))
    this.#saver.addEventListener('refused', (event) => this.#onRefused(event.detail))
    this.#saver.addEventListener('conflict', (event) => this.#emit('conflict', event.detail))
    new Keyboard({
      editor: this.#editor,
      sheet: this.#sheet,
      selection: this.#selection,
      view: this.#view,
      undo: () => this.#saver.undo(),
      redo: () => this.#saver.redo(),
      changeMany: () => this.changeMany(),
      preview: () => this.#preview(),
      // Backwards the next stop would be the grid's own rows, which would hand the focus straight back.
      leaveBack: () => this.#stepAside(),
    })
    new Pointer(this.#host, {
      view: this.#view,
      selection: this.#selection,
      sheet: this.#sheet,
      overlay: this.#overlay,
    })
    new Exchange({
      tree: this.#tree,
      provider: this.#provider,
      selection: this.#selection,
      editor: this.#editor,
      sheet: this.#sheet,
      columns: () => this.#view.columns,
      shown: (key, col) => this.#saver.shown(key, col),
      say: (sentence) => this.#status.note(sentence),
    })
  }

  #onAnswer(answer) {
    this.#view.edge = answer.edge ?? []
    this.#view.fit(answer.rows, answer.columns)
    if (this.hasAttribute('edit-src') && answer.rows.some((row) => row.editable)) this.#status.invite()
    if (!this.#view.started) {
      this.#view.start(Number.parseInt(getComputedStyle(this).getPropertyValue('--row'), 10))
      this.#selection.moveTo({ row: 0, col: firstInput(answer.columns) })
      this.#openTotals(answer.rows)
      const [, past] = PAST_SHOWN.find(([width]) => this.clientWidth < width)
      this.#view.scrollLeftTo(Math.max(1, this.#selection.active.col - past))
    }
    this.#redraw()
  }

  /** A link names a row and a month: they are opened, brought into sight and selected. */
  async #goToStart() {
    const month = this.#view.columns.findIndex((column) => column.id === this.getAttribute('start-month'))
    const path = JSON.parse(this.getAttribute('start-path') ?? '[]')
    await this.#goTo(path, month < 0 ? this.#selection.active.col : month + 1)
  }

  /** Opens the way to a row and selects it in a column. @param {[string, number][]} path @param {number} col */
  async #goTo(path, col) {
    const row = await openAt(path, { tree: this.#tree, provider: this.#provider })
    if (row < 0 || !this.#view.started) return
    this.#redraw()
    this.#selection.moveTo({ row, col })
    this.#view.scrollTo(row, col)
    this.#onMoved()
  }

  /** The grand total is of little use folded. */
  #openTotals(rows) {
    for (const row of rows) if (row.kind === 'total') this.#tree.setOpen(row.key, true)
  }

  #redraw() {
    if (!this.#view.started) return
    this.#view.redraw()
    this.#showRows()
    this.#drawSelection()
    this.#readout.show()
  }

  #showRows() {
    const { top, bottom } = this.#view.shown
    this.#provider.show(top, bottom)
  }

  #onMoved() {
    this.#drawSelection()
    this.#readout.show()
    this.#readout.settleSoon()
  }

  #drawSelection() {
    if (!this.#view.started || this.#view.rows === 0) return
    const fillable = this.hasAttribute('edit-src') && !this.#editor.open
    this.#overlay.draw(this.#selection, { fillable, activeId: this.#activeId })
    this.#presence?.draw()
    this.#placeEditor()
  }

  #openEditor() {
    this.#sheet.begin()
    const { row, col } = this.#selection.active
    this.#view.scrollTo(row, col)
    this.#drawSelection()
  }

  #placeEditor() {
    const { row, col } = this.#selection.active
    this.#editor.place(this.#view.rectangle(row, col), this.#stage.getBoundingClientRect())
  }

  #onSaved({ answer, text }) {
    this.#own.add(answer.change_set)
    this.#view.fit(answer.rows, this.#view.columns)
    this.#redraw()
    this.#status.setUndoable(this.#saver.undoable.label)
    this.#status.note(text || 'Saved')
    this.#emit('saved', { changeSet: answer.change_set, version: answer.version })
  }

  #onRefused({ text, again }) {
    this.#redraw()
    this.#status.refuse(text, again)
  }

  #onProblem(problem) {
    this.#status.refuse(problem.message, () => {
      this.#provider.retry()
      if (this.#view.started) this.#showRows()
      else this.#provider.start()
    })
  }

  /** A colleague or a job changed the plan. Own edits came back with their answer and are not asked for twice. */
  #changedElsewhere(change) {
    const plan = this.dataset.object
    if (!change.kind.startsWith('plan.') || (plan && change.object !== plan)) return
    clearTimeout(this.#changeTimer)
    this.#changeTimer = setTimeout(() => {
      if (this.#saver.busy) this.#changedElsewhere(change)
      else if (!this.#own.has(change.change_set)) this.refresh()
    }, CHANGE_PAUSE_MS)
  }

  /** What is asked when the server wants a reason or an approval; the focus comes back to the grid. */
  async #explain(problem, [{ key }]) {
    const approval = Boolean(problem.body.approval_required)
    const offer = () => getJSON(withQuery(this.getAttribute('why-src'), { row: key }))
    const cause = await askWhy({ text: problem.message, approval }, offer)
    this.#editor.focus()
    return cause
  }

  /** Takes a change set back that is named in a list on the page. @param {string} changeSet */
  undo(changeSet) {
    this.#saver.undo(changeSet)
  }

  /** Set, scale, spread, copy or shift many cells, seen before it is saved. */
  async changeMany() {
    if (!this.hasAttribute('edit-src') || !this.#editor.commit()) return
    if (!this.hasAttribute('mass-src'))
      return this.#status.note('Many cells at once are changed in the units of the sales plan.')
    const keys = this.#provider.keys(this.#view.shown.top, this.#view.shown.bottom)
    const send = (change) => postJSON(this.getAttribute('mass-src'), change.dry ? change : { ...change, refresh: keys })
    const done = await changeMany(this.#sheet.scope, send)
    if (done) this.#saver.adopt(done.answer, done.label)
    this.#editor.focus()
  }

  get #splits() {
    const key = this.#tree.at(this.#selection.active.row)?.key ?? ''
    return this.hasAttribute('preview-src') && !key.startsWith('series:')
  }

  /** What the entry being typed would do to the rows below; saved or dropped from there. */
  async #preview() {
    const entry = this.#editor.typed
    if (entry === null || !this.hasAttribute('preview-src')) return
    const { row, col } = this.#selection.active
    const query = { row: this.#tree.at(row).key, month: this.#view.columns[col - 1].id, entry }
    this.#editor.cancel()
    if (await showSplit(withQuery(this.getAttribute('preview-src'), query))) this.#sheet.enter(entry)
    this.#editor.focus()
  }

  #menuItems() {
    const editable = this.hasAttribute('edit-src')
    const sheet = this.#sheet
    return [
      { label: 'Edit', keys: 'F2', act: () => sheet.edit(), disabled: !editable },
      { label: `Back to the ${this.#base}`, keys: 'Del', act: () => sheet.enterAll(null), disabled: !editable },
      { label: 'Fill down', keys: 'Ctrl+D', act: () => sheet.fill('down'), disabled: !editable },
      { label: 'Fill right', keys: 'Ctrl+R', act: () => sheet.fill('right'), disabled: !editable },
      { label: '' },
      {
        label: sheet.locked ? 'Unlock' : 'Lock',
        keys: 'Ctrl+Shift+L',
        act: () => sheet.toggleLock(),
        disabled: !editable,
      },
      { label: '' },
      {
        label: 'Change many cells…',
        keys: 'Ctrl+Shift+E',
        act: () => this.changeMany(),
        disabled: !editable || !this.hasAttribute('mass-src'),
      },
      { label: '' },
      { label: 'Undo', keys: 'Ctrl+Z', act: () => this.#saver.undo(), disabled: !this.#saver.undoable.next },
      { label: 'Redo', keys: 'Ctrl+Y', act: () => this.#saver.redo(), disabled: !this.#saver.redoable.next },
    ]
  }

  /** Right click, the menu key and Shift+F10; a click outside the selection selects first. */
  #onContextMenu(event) {
    if (this.#editor.open) return
    event.preventDefault()
    const cell = event.target === this.#editor.box ? null : this.#view.cellFromEvent(event)
    if (cell && !this.#selection.holds(cell)) this.#sheet.press(cell, false)
    const { row, col } = this.#selection.active
    const at = this.#view.rectangle(row, col)
    const box = this.#host.getBoundingClientRect()
    if (cell) this.#menu.open(event.clientX, event.clientY)
    else this.#menu.open(box.left + at.left + at.width, box.top + at.top + at.height)
  }

  #named(conflicts) {
    return conflicts.map((each) => ({ ...each, label: this.#tree.row(each.row)?.label ?? each.label }))
  }

  #stepAside() {
    this.#host.inert = true
    setTimeout(() => {
      this.#host.inert = false
    })
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }))
  }
}

function firstInput(columns) {
  return (
    1 +
    Math.max(
      0,
      columns.findIndex((column) => column.editable),
    )
  )
}

customElements.define('planning-grid', PlanningGrid)
