/**
 * One stream of server-sent events per tab, handed on as DOM events on the document:
 * `ek:change` when somebody or a job changed something, `ek:run` when a job moved on, `ek:inbox` with how many
 * lines of one's own inbox are unread.
 * The browser reconnects by itself and resumes with Last-Event-ID.
 */

const EVENTS_URL = '/events/'
const NAMES = { change: 'ek:change', run: 'ek:run', inbox: 'ek:inbox' }

/** @type {EventSource | null} */
let source = null

export function startLive() {
  if (source) return
  source = new EventSource(EVENTS_URL)
  for (const [name, domName] of Object.entries(NAMES)) {
    source.addEventListener(name, (message) => {
      document.dispatchEvent(new CustomEvent(domName, { detail: JSON.parse(message.data) }))
    })
  }
  // Browsers keep few connections per server; a page that is left must give its one back at once.
  addEventListener('pagehide', stop)
  addEventListener('pageshow', (event) => {
    if (event.persisted) startLive()
  })
}

function stop() {
  source?.close()
  source = null
}
