/**
 * <meeting-room data-src data-object data-version>: one participant's page of a meeting. It follows the change log and asks
 * every few seconds whether it is in step, so that nobody who comes late, reloads or loses the connection falls behind.
 * What somebody is typing stays: a part with `data-keep` is replaced only when that changes.
 */

import 'app/charts/capacity-chart.js'
import 'app/charts/fan-chart.js'
import { confirm } from 'app/dialogs.js'
import { csrfToken, getJSON, getText, Problem, withQuery } from 'app/http.js'
import { startLive } from 'app/live.js'
import { clock } from 'app/meeting/notes.js'
import { NotesBox } from 'app/meeting/notes-box.js'

const HEARTBEAT = 10_000
const PREVIEW = 200

class MeetingRoom extends HTMLElement {
  #notes = null
  #fetching = false
  #again = false
  #clockEnds = 0
  #timers = []
  #previewTimer

  connectedCallback() {
    startLive()
    document.addEventListener('ek:change', this.#heard)
    addEventListener('online', this.#beat)
    this.addEventListener('submit', (event) => this.#submitted(event))
    this.addEventListener('input', (event) => this.#typed(event))
    this.#timers = [setInterval(this.#beat, HEARTBEAT), setInterval(() => this.#tick(), 1000)]
    this.#started()
    this.#beat()
  }

  disconnectedCallback() {
    document.removeEventListener('ek:change', this.#heard)
    removeEventListener('online', this.#beat)
    this.#timers.forEach(clearInterval)
  }

  #heard = ({ detail }) => {
    if (detail.object === this.dataset.object) this.#refresh()
  }

  #beat = async () => {
    try {
      const { version, state } = await this.#post('here', new FormData())
      this.#lost(false)
      if (String(version) !== this.dataset.version || state === 'ended') await this.#refresh()
      this.#notes?.save()
    } catch (problem) {
      this.#lost(problem.status === 0)
    }
  }

  async #refresh() {
    if (this.#fetching) {
      this.#again = true
      return
    }
    this.#fetching = true
    try {
      do {
        this.#again = false
        this.#show(await getText(`${this.dataset.src}live/`))
      } while (this.#again)
    } catch (problem) {
      this.#lost(problem.status === 0)
    } finally {
      this.#fetching = false
    }
  }

  #show(text) {
    const fresh = new DOMParser().parseFromString(text, 'text/html').querySelector('[data-version]')
    if (fresh.dataset.state === 'ended') {
      this.#notes?.leave()
      location.assign(`${this.dataset.src}minutes/`)
      return
    }
    this.dataset.version = fresh.dataset.version
    for (const part of [...fresh.children]) this.#replace(part)
    this.#started()
  }

  /** @param {HTMLElement} part */
  #replace(part) {
    const now = document.getElementById(part.id)
    if (!now || now.isEqualNode(part)) return
    if ('keep' in part.dataset && part.dataset.keep === now.dataset.keep) {
      const notes = part.querySelector('[data-notes-version]')
      if (notes) this.#noted(now.querySelector('textarea'), notes)
      return
    }
    if (part.id === 'mt-notes') {
      this.#notes?.leave()
      this.#notes = null
    }
    const focused = now.contains(document.activeElement)
    now.replaceWith(part)
    if (focused) document.getElementById('content').focus()
  }

  /** Notes came while the same item is on. */
  #noted(shown, fresh) {
    if (this.#notes) this.#notes.remote(fresh.value, Number(fresh.dataset.notesVersion))
    else shown.value = fresh.value
  }

  #started() {
    const box = this.querySelector('textarea[data-notes]')
    if (box && !this.#notes) {
      this.#notes = new NotesBox(box, this.querySelector('[data-saved]'), async (item, text, version) => {
        const body = new FormData()
        for (const [name, value] of Object.entries({ item, text, version })) body.set(name, String(value))
        return (await this.#post('note', body)).notes_version
      })
    }
    const shown = this.querySelector('[data-clock]')
    this.#clockEnds = shown ? Date.now() + Number(shown.dataset.clock) * 1000 : 0
    this.#tick()
  }

  #tick() {
    const shown = this.querySelector('[data-clock]')
    if (!shown) return
    const left = Math.round((this.#clockEnds - Date.now()) / 1000)
    shown.textContent = clock(left)
    shown.classList.toggle('bad', left < 0)
  }

  /** @param {SubmitEvent} event */
  async #submitted(event) {
    const form = event.target
    const step = event.submitter?.dataset.step ?? form.dataset.step
    if (!step) return
    event.preventDefault()
    if (form.dataset.confirm && !(await this.#sure(form.dataset.confirm))) return
    this.#say('')
    try {
      await this.#notes?.save()
      await this.#post(step, new FormData(form, event.submitter))
      if (step === 'act') this.#added(form)
      await this.#refresh()
    } catch (problem) {
      const told = Object.values(problem.errors ?? {}).flat()
      this.#say([problem.message, ...told.filter((each) => !problem.message.includes(each))].join(' '))
    }
  }

  #sure(title) {
    return confirm({ title, text: 'Minutes are written. What is open stays on the agenda.', yes: 'End the meeting' })
  }

  #added(form) {
    form.reset()
    this.querySelector('[data-preview]').hidden = true
    form.querySelector('[data-line]').focus()
  }

  #typed({ target }) {
    if (target.matches('[data-method]')) {
      this.querySelector('[data-number]').hidden = target.value !== 'number'
    }
    if (target.matches('[data-line]')) {
      clearTimeout(this.#previewTimer)
      this.#previewTimer = setTimeout(() => this.#preview(target.value), PREVIEW)
    }
  }

  async #preview(line) {
    const tag = this.querySelector('[data-preview]')
    tag.hidden = !line.trim()
    if (tag.hidden) return
    const { missing, words } = await getJSON(withQuery(`${this.dataset.src}preview/`, { line }))
    tag.textContent = missing || words
    tag.classList.toggle('warn', Boolean(missing))
    tag.classList.toggle('acc', !missing)
  }

  async #post(step, body) {
    let response
    try {
      response = await fetch(`${this.dataset.src}${step}/`, {
        method: 'POST',
        body,
        credentials: 'same-origin',
        headers: { Accept: 'application/json', 'X-CSRFToken': csrfToken() },
      })
    } catch {
      throw new Problem(0, { detail: 'The server cannot be reached. What you wrote is still here.' })
    }
    const answer = await response.json()
    if (!response.ok) throw new Problem(response.status, answer)
    return answer
  }

  #say(words) {
    this.querySelector('[data-problem]').textContent = words
  }

  #lost(is) {
    this.querySelector('[data-lost]').hidden = !is
  }
}

customElements.define('meeting-room', MeetingRoom)
