/** How an entry above the leaf would be split, before it is saved. */

import { element } from 'app/dialogs.js'
import { getText } from 'app/http.js'

/**
 * @param {string} url of the preview, a fragment
 * @returns {Promise<boolean>} whether the planner saves it
 */
export async function showSplit(url) {
  const dialog = element('dialog', { class: 'ek-dialog pg-split-dialog', 'aria-labelledby': 'split-title' })
  const save = element('button', { class: 'bt pri', type: 'button', value: 'save' }, 'Save the split')
  const drop = element('button', { class: 'bt', type: 'button', value: '' }, 'Drop my entry')
  const content = element('div', {})
  try {
    content.innerHTML = await getText(url)
  } catch (problem) {
    content.append(
      element('header', {}, element('h2', { id: 'split-title' }, 'This cannot be split')),
      element('div', { class: 'body' }, element('p', {}, problem.message)),
    )
    save.hidden = true
  }
  dialog.append(content, element('footer', {}, drop, save))
  dialog.addEventListener('click', (event) => {
    if (event.target === save || event.target === drop) dialog.close(event.target.value)
  })
  document.body.append(dialog)
  dialog.showModal()
  if (!save.hidden) save.focus()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(dialog.returnValue === 'save')
    })
  })
}
