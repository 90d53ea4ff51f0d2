/**
 * Dialogs are native <dialog class="ek-dialog" id="…">. A button with data-dialog="id" opens one and
 * data-dialog-close closes it; a dialog with data-open-now opens as soon as it arrives.
 */

export function startDialogs() {
  document.addEventListener('click', (event) => {
    if (!(event.target instanceof Element)) return
    const opener = event.target.closest('[data-dialog]')
    if (opener) open(document.getElementById(opener.dataset.dialog))
    event.target.closest('[data-dialog-close]')?.closest('dialog')?.close()
  })
  document.addEventListener('htmx:load', (event) => openNew(event.target))
  openNew(document)
}

/**
 * Asks one question; resolves to whether the answer was yes.
 * @param {{title: string, text: string, yes: string, no?: string}} question
 * @returns {Promise<boolean>}
 */
export function confirm({ title, text, yes, no = 'Cancel' }) {
  const dialog = document.createElement('dialog')
  dialog.className = 'ek-dialog'
  dialog.setAttribute('aria-label', title)
  dialog.append(
    element('header', {}, element('h2', {}, title)),
    element('div', { class: 'body' }, text),
    element(
      'footer',
      {},
      element('button', { class: 'bt', value: 'no', type: 'button' }, no),
      element('button', { class: 'bt pri', value: 'yes', type: 'button' }, yes),
    ),
  )
  dialog.addEventListener('click', (event) => {
    if (event.target instanceof HTMLButtonElement) dialog.close(event.target.value)
  })
  document.body.append(dialog)
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(dialog.returnValue === 'yes')
    })
  })
}

/**
 * @param {string} name
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 */
export function element(name, attributes, ...children) {
  const node = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value)
  node.append(...children)
  return node
}

function openNew(root) {
  if (!(root instanceof Element || root instanceof Document)) return
  const found = [...root.querySelectorAll('dialog[data-open-now]')]
  if (root instanceof Element && root.matches('dialog[data-open-now]')) found.push(root)
  for (const dialog of found) {
    dialog.removeAttribute('data-open-now')
    open(dialog)
  }
}

function open(dialog) {
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal()
}
