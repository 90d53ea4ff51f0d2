/**
 * <job-progress run="17" label="Forecast" cancel-url="…" done-url="…" percent="40">: a bar, what is done, the seconds
 * left, Cancel. Follows `ek:run`; emits `job-done` once, and opens `done-url` (or reloads, with `reload`) when it ends well.
 * Why it failed stands at the top of the page until the page is opened again.
 */

import { announce } from 'app/announce.js'
import { element } from 'app/dialogs.js'
import { postJSON } from 'app/http.js'
import { sentence } from 'app/job-words.js'
import { show } from 'app/problems.js'

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
    const label = this.#label
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

  get #label() {
    return this.getAttribute('label') ?? 'Job'
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

  /** @param {import('app/job-words.js').Run & {percent: number}} run */
  #update(run) {
    this.#bar.value = run.percent
    this.#words.textContent = sentence(run, this.#label)
    if (!OVER.has(run.state) || this.#over) return
    this.#over = true
    this.#cancel.hidden = true
    this.dispatchEvent(new CustomEvent('job-done', { bubbles: true, detail: run }))
    if (run.state === 'failed') return this.#fail(run)
    announce(`${this.#label}: ${run.state}`)
    if (run.state === 'done') this.#leave()
  }

  /** The notice is an alert; the bar gives way to the page as it is without the job. */
  #fail(run) {
    show(sentence(run, this.#label))
    this.replaceChildren(element('a', { class: 'bt s', href: location.href }, 'Reload the page'))
  }

  #leave() {
    if (this.hasAttribute('done-url')) location.assign(this.getAttribute('done-url'))
    else if (this.hasAttribute('reload')) location.reload()
  }
}

customElements.define('job-progress', JobProgress)
