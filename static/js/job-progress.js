/**
 * <job-progress run="17" label="Forecast" cancel-url="…" done-url="…" percent="40">: a bar, what is done, the seconds
 * left, Cancel. Follows `ek:run`; emits `job-done` once, and opens `done-url` (or reloads, with `reload`) when it ends well.
 */

import { announce } from 'app/announce.js'
import { element } from 'app/dialogs.js'
import { postJSON } from 'app/http.js'

const OVER = new Set(['done', 'failed', 'cancelled'])

class JobProgress extends HTMLElement {
  #bar = element('progress', { max: '100' })
  #words = element('span', { class: 'small muted tn' })
  #cancel = element('button', { class: 'bt s', type: 'button' }, 'Cancel')
  #over = false
  #listen = (event) => {
    if (String(event.detail.id) === this.getAttribute('run')) this.#update(event.detail)
  }

  connectedCallback() {
    const label = this.getAttribute('label') ?? 'Job'
    this.#bar.setAttribute('aria-label', label)
    this.#bar.value = Number(this.getAttribute('percent') ?? 0)
    this.#words.textContent = this.getAttribute('message') ?? `${label} is running`
    this.#cancel.hidden = !this.hasAttribute('cancel-url')
    this.#cancel.addEventListener('click', () => this.#ask())
    this.replaceChildren(this.#bar, this.#words, this.#cancel)
    document.addEventListener('ek:run', this.#listen)
  }

  disconnectedCallback() {
    document.removeEventListener('ek:run', this.#listen)
  }

  async #ask() {
    this.#cancel.disabled = true
    try {
      await postJSON(this.getAttribute('cancel-url'), {})
      this.#words.textContent = 'Cancelling…'
    } catch (problem) {
      this.#words.textContent = problem.message
      this.#cancel.disabled = false
    }
  }

  /** @param {{state: string, done: number, total: number, percent: number, message: string, eta_seconds: ?number}} run */
  #update(run) {
    this.#bar.value = run.percent
    this.#words.textContent = sentence(run)
    if (!OVER.has(run.state) || this.#over) return
    this.#over = true
    this.#cancel.hidden = true
    announce(`${this.getAttribute('label') ?? 'Job'}: ${run.state}`)
    this.dispatchEvent(new CustomEvent('job-done', { bubbles: true, detail: run }))
    if (run.state === 'done') this.#leave()
  }

  #leave() {
    if (this.hasAttribute('done-url')) location.assign(this.getAttribute('done-url'))
    else if (this.hasAttribute('reload')) location.reload()
  }
}

function sentence(run) {
  if (run.state === 'failed') return run.message || 'This failed; the plan is as it was before.'
  if (run.state === 'cancelled') return 'Cancelled; the plan is as it was before.'
  if (run.state === 'done') return run.message || 'Done.'
  const parts = [run.message || (run.total ? `${run.done} of ${run.total}` : 'Waiting to start')]
  if (run.eta_seconds != null) parts.push(`${Math.max(1, Math.round(run.eta_seconds))} s left`)
  return parts.join(', ')
}

customElements.define('job-progress', JobProgress)
