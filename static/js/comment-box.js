/**
 * <comment-box people-src draft>: a text box in which @ offers the colleagues who see the row. Arrows choose, Enter or
 * Tab takes, Escape closes; Ctrl+Enter sends. What is half written is kept under its `draft` until it is sent.
 */

import { announce } from 'app/announce.js'
import { element } from 'app/dialogs.js'
import { getJSON } from 'app/http.js'
import { complete, matching, named, spotAt } from 'app/mentions.js'

let count = 0

class CommentBox extends HTMLElement {
  #list = element('ul', {
    class: 'cm-people',
    role: 'listbox',
    id: `comment-people-${++count}`,
    'aria-label': 'People',
  })
  #problem = element('p', { class: 'cm-problem small', role: 'alert' })
  /** @type {import('app/mentions.js').Person[] | null} */ #people = null
  /** @type {import('app/mentions.js').Person[]} */ #offered = []
  #spot = null
  #active = 0
  #promise = null
  #text
  #told
  #hint = ''

  connectedCallback() {
    this.#text = this.querySelector('textarea')
    this.#told = this.querySelector('[data-told]')
    this.#hint = this.#told?.textContent ?? ''
    this.#list.hidden = true
    for (const [name, value] of [
      ['aria-autocomplete', 'list'],
      ['aria-haspopup', 'listbox'],
      ['aria-controls', this.#list.id],
    ]) {
      this.#text.setAttribute(name, value)
    }
    this.#text.after(this.#list, this.#problem)
    if (!this.#text.value) this.#text.value = this.#draft ?? ''
    this.#text.addEventListener('input', () => this.#typed())
    this.#text.addEventListener('keydown', (event) => this.#key(event))
    this.#text.addEventListener('blur', () => this.#close())
    this.#list.addEventListener('mousedown', (event) => this.#picked(event))
    const form = this.closest('form')
    form?.addEventListener('htmx:afterRequest', (event) => this.#sent(event))
    form?.addEventListener('htmx:responseError', (event) => this.#refused(event))
    if (this.#text.value.includes('@')) this.#typed()
  }

  get #draft() {
    return this.hasAttribute('draft') ? sessionStorage.getItem(`draft ${this.getAttribute('draft')}`) : null
  }

  #keep(text) {
    if (!this.hasAttribute('draft')) return
    const name = `draft ${this.getAttribute('draft')}`
    if (text) sessionStorage.setItem(name, text)
    else sessionStorage.removeItem(name)
  }

  async #typed() {
    const { value } = this.#text
    this.#keep(value)
    this.#problem.textContent = ''
    if (value.includes('@')) await this.#load()
    this.#sayWhoIsTold()
    this.#spot = spotAt(this.#text.value, this.#text.selectionStart)
    this.#offered = this.#spot ? matching(this.#people ?? [], this.#spot.query) : []
    this.#active = 0
    this.#draw()
  }

  /** The names are fetched once, when the first @ is typed. */
  #load() {
    this.#promise ??= getJSON(this.getAttribute('people-src'))
      .then(({ people }) => {
        this.#people = people
      })
      .catch((problem) => {
        this.#promise = null
        this.#problem.textContent = problem.message
      })
    return this.#promise
  }

  #sayWhoIsTold() {
    if (!this.#told) return
    const names = named(this.#text.value, this.#people ?? []).map((person) => person.name)
    this.#told.textContent = names.length ? `${names.join(', ')} will be told.` : this.#hint
  }

  #draw() {
    this.#list.hidden = this.#offered.length === 0
    this.#list.replaceChildren(
      ...this.#offered.map((person, at) =>
        element(
          'li',
          { role: 'option', id: `${this.#list.id}-${at}`, 'aria-selected': String(at === this.#active) },
          element('span', { class: 'b' }, person.name),
          ' ',
          element('span', { class: 'muted' }, `@${person.username}`),
        ),
      ),
    )
    if (this.#list.hidden) this.#text.removeAttribute('aria-activedescendant')
    else this.#text.setAttribute('aria-activedescendant', `${this.#list.id}-${this.#active}`)
  }

  #key(event) {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      this.closest('form').requestSubmit()
    } else if (!this.#list.hidden) this.#choose(event)
  }

  #choose(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) {
      this.#active = (this.#active + step + this.#offered.length) % this.#offered.length
      this.#draw()
    } else if (event.key === 'Enter' || event.key === 'Tab') this.#take(this.#offered[this.#active])
    else if (event.key === 'Escape') this.#close()
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  #picked(event) {
    const option = event.target.closest('[role="option"]')
    event.preventDefault()
    if (option) this.#take(this.#offered[[...this.#list.children].indexOf(option)])
  }

  #take(person) {
    const { text, caret } = complete(this.#text.value, this.#spot, person)
    this.#text.value = text
    this.#text.setSelectionRange(caret, caret)
    this.#keep(text)
    this.#close()
    this.#sayWhoIsTold()
    announce(`${person.name} will be told.`)
  }

  #close() {
    this.#offered = []
    this.#draw()
  }

  #sent(event) {
    if (event.detail.successful) this.#keep('')
  }

  /** What was written stays, and the reason stands below it. */
  #refused(event) {
    event.stopPropagation()
    const type = event.detail.xhr.getResponseHeader('Content-Type') ?? ''
    const answer = new DOMParser().parseFromString(event.detail.xhr.responseText, 'text/html')
    const told = type.includes('json')
      ? JSON.parse(event.detail.xhr.responseText).detail
      : answer.querySelector('.ek-notice')?.textContent.trim()
    this.#problem.textContent = told || 'This could not be saved. Your text is still here.'
    this.#text.focus()
  }
}

customElements.define('comment-box', CommentBox)
