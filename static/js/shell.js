/** Starts what every page has, and loads the custom elements a page uses. `html[data-ready]` says they are ready. */

import { startDialogs } from 'app/dialogs.js'
import { startInbox } from 'app/inbox.js'
import { startJobs } from 'app/jobs.js'
import { startLive } from 'app/live.js'
import { startMenus } from 'app/menus.js'
import { startProblems } from 'app/problems.js'
import { startSearch } from 'app/search.js'
import { startTheme } from 'app/theme.js'

const ELEMENTS = {
  'planning-grid': 'app/grid/planning-grid.js',
  'fan-chart': 'app/charts/fan-chart.js',
  'capacity-chart': 'app/charts/capacity-chart.js',
  'job-progress': 'app/job-progress.js',
  'comment-box': 'app/comment-box.js',
}

startTheme()
// On a phone the row of pages scrolls; the one that is open is in sight.
document.querySelector('.ek-rail [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
startMenus()
startDialogs()
startProblems()
startJobs()
startInbox()
startSearch()
document.addEventListener('htmx:load', (event) => loadElements(event.target))
await loadElements(document)
// Only now, so that no element misses the first event. Without the frame nobody is logged in and nothing is streamed.
if (document.getElementById('jobs')) startLive()
await Promise.all([...document.querySelectorAll('planning-grid, fan-chart, capacity-chart')].map((each) => each.ready))
document.documentElement.dataset.ready = 'true'

/** @param {Document | Element} root */
async function loadElements(root) {
  const used = Object.keys(ELEMENTS).filter((name) => root.matches?.(name) || root.querySelector(name))
  await Promise.all(used.map((name) => import(ELEMENTS[name])))
}
