/** Search behind Ctrl+K: type, choose with the arrows, open with Enter. A newer question ends the one before it. */

import { element } from 'app/dialogs.js'
import { getJSON, withQuery } from 'app/http.js'

const PAUSE_MS = 80
const KEY = 'k'

export function startSearch() {
  const dialog = document.getElementById('search')
  if (!(dialog instanceof HTMLDialogElement)) return
  const search = new Search(dialog)
  document.querySelector('[data-search]')?.addEventListener('click', () => search.open())
  document.addEventListener('keydown', (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
    if (event.key.toLowerCase() !== KEY) return
    event.preventDefault()
    search.open()
  })
}

class Search {
  #dialog
  #text
  #list
  #none
  #options = []
  #active = -1
  #timer = 0
  #asked = new AbortController()

  constructor(dialog) {
    this.#dialog = dialog
    this.#text = dialog.querySelector('input')
    this.#list = dialog.querySelector('[role="listbox"]')
    this.#none = dialog.querySelector('.sr-none')
    this.#text.addEventListener('input', () => this.#askSoon())
    this.#text.addEventListener('keydown', (event) => this.#key(event))
    dialog.addEventListener('click', (event) => {
      if (event.target === dialog) dialog.close()
    })
  }

  open() {
    if (this.#dialog.open) return
    this.#dialog.showModal()
    this.#text.select()
  }

  #askSoon() {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#ask(), PAUSE_MS)
  }

  async #ask() {
    this.#asked.abort()
    this.#asked = new AbortController()
    const q = this.#text.value.trim()
    if (!q) return this.#draw([], true)
    try {
      const { found } = await getJSON(withQuery(this.#dialog.dataset.src, { q }), { signal: this.#asked.signal })
      this.#draw(found, found.length > 0)
    } catch (problem) {
      if (problem.name === 'AbortError') return
      this.#draw([], false)
      this.#none.textContent = problem.message
    }
  }

  #draw(found, any) {
    this.#none.hidden = any
    const groups = new Map()
    for (const each of found) groups.set(each.kind, [...(groups.get(each.kind) ?? []), each])
    this.#options = []
    this.#list.replaceChildren(
      ...[...groups].map(([kind, some]) => {
        const group = element('div', { role: 'group', 'aria-label': kind })
        group.append(element('div', { class: 'sr-kind', 'aria-hidden': 'true' }, kind))
        for (const each of some) group.append(this.#option(each))
        return group
      }),
    )
    this.#text.setAttribute('aria-expanded', String(this.#options.length > 0))
    this.#choose(this.#options.length ? 0 : -1)
  }

  #option({ name, code, url }) {
    const option = element(
      'a',
      { role: 'option', id: `search-${this.#options.length}`, href: url, tabindex: '-1', 'aria-selected': 'false' },
      element('span', { class: 'grow' }, name),
      element('span', { class: 'muted small' }, code),
    )
    this.#options.push(option)
    return option
  }

  #choose(at) {
    this.#options[this.#active]?.setAttribute('aria-selected', 'false')
    this.#active = at
    const option = this.#options[at]
    option?.setAttribute('aria-selected', 'true')
    option?.scrollIntoView({ block: 'nearest' })
    if (option) this.#text.setAttribute('aria-activedescendant', option.id)
    else this.#text.removeAttribute('aria-activedescendant')
  }

  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    const { length } = this.#options
    if (step && length) this.#choose((this.#active + step + length) % length)
    else if (event.key === 'Enter') this.#options[this.#active]?.click()
    else return
    event.preventDefault()
  }
}
