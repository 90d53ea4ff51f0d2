/** The menu of the grid: the verbs of the keyboard, for the mouse and the menu key. */

import { element } from 'app/dialogs.js'

/** @typedef {{label: string, keys?: string, act: () => void, disabled?: boolean}} Item an empty label is a line between */

export class ContextMenu {
  #stage
  #items
  #onClose
  #menu = null
  #away = (event) => {
    if (!this.#menu?.contains(event.target)) this.close()
  }

  /**
   * @param {HTMLElement} stage where it opens
   * @param {{items: () => Item[], onClose: () => void}} parts
   */
  constructor(stage, { items, onClose }) {
    this.#stage = stage
    this.#items = items
    this.#onClose = onClose
  }

  /** @param {number} x @param {number} y in the window */
  open(x, y) {
    this.close()
    const menu = element('div', { class: 'pg-menu', role: 'menu', 'aria-label': 'What to do with the cells' })
    menu.append(...this.#items().map((item) => this.#item(item)))
    menu.addEventListener('keydown', (event) => this.#onKeyDown(event))
    this.#menu = menu
    this.#stage.append(menu)
    const { left, top, width, height } = this.#stage.getBoundingClientRect()
    menu.style.left = `${Math.max(0, Math.min(x - left, width - menu.offsetWidth - 4))}px`
    menu.style.top = `${Math.max(0, Math.min(y - top, height - menu.offsetHeight - 4))}px`
    menu.querySelector('button:not(:disabled)')?.focus({ preventScroll: true })
    document.addEventListener('pointerdown', this.#away, { capture: true })
  }

  close() {
    if (!this.#menu) return
    document.removeEventListener('pointerdown', this.#away, { capture: true })
    this.#menu.remove()
    this.#menu = null
    this.#onClose()
  }

  #item({ label, keys = '', act, disabled = false }) {
    if (!label) return element('hr', {})
    const button = element('button', { type: 'button', role: 'menuitem' }, element('span', {}, label))
    if (keys) button.append(element('kbd', {}, keys))
    button.disabled = disabled
    button.addEventListener('click', () => {
      this.close()
      act()
    })
    return button
  }

  #onKeyDown(event) {
    const buttons = [...this.#menu.querySelectorAll('button:not(:disabled)')]
    const at = buttons.indexOf(document.activeElement)
    const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }
    if (event.key === 'Escape' || event.key === 'Tab') this.close()
    else if (event.key in steps) buttons.at(steps[event.key] % buttons.length)?.focus()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
}
