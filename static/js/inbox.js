/** The bell: how many lines of the inbox are unread, counted up and down while the page is open. */

import { announce } from 'app/announce.js'

export function startInbox() {
  document.addEventListener('ek:inbox', (event) => show(event.detail.unread))
}

/** @param {number} unread */
function show(unread) {
  const bell = document.querySelector('[data-inbox]')
  const count = bell?.querySelector('[data-unread]')
  if (!count) return
  const before = Number(count.textContent)
  count.textContent = String(unread)
  count.hidden = unread === 0
  bell.querySelector('summary').setAttribute('aria-label', unread ? `Inbox, ${unread} unread` : 'Inbox')
  if (unread > before) announce(`${unread} unread in your inbox.`)
  if (bell.open) window.htmx.trigger(bell, 'toggle')
}
