/** What went wrong with an htmx request is said at the top of the page; the rest of the page stays as it was. */

import { element } from 'app/dialogs.js'
import { csrfToken } from 'app/http.js'

export function startProblems() {
  document.addEventListener('htmx:configRequest', (event) => {
    event.detail.headers['X-CSRFToken'] = csrfToken()
  })
  document.addEventListener('htmx:responseError', (event) => show(reason(event.detail.xhr)))
  document.addEventListener('htmx:sendError', () => show('The server cannot be reached. Nothing was changed.'))
}

/** @param {string} sentence */
export function show(sentence) {
  const messages = document.getElementById('messages')
  messages?.replaceChildren(element('div', { class: 'ek-notice bad', role: 'alert' }, element('span', {}, sentence)))
  messages?.scrollIntoView({ block: 'nearest' })
}

/** @param {XMLHttpRequest} answer */
function reason(answer) {
  const type = answer.getResponseHeader('Content-Type') ?? ''
  if (type.includes('json')) {
    const body = JSON.parse(answer.responseText)
    return body.detail || body.title || `The server answered ${answer.status}.`
  }
  const text = new DOMParser().parseFromString(answer.responseText, 'text/html').querySelector('.ek-notice')
  return text?.textContent?.trim() || `The server answered ${answer.status}. Nothing was changed.`
}
