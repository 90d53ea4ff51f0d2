/** The Supply page: what stands above and beside the grid follows when production changes, by oneself or by a colleague. */

import 'app/grid/planning-grid.js'

const grid = document.querySelector('planning-grid')
const CHANGED = 'ek:production-changed'
const PAUSE_MS = 300
let timer = 0

function follow() {
  clearTimeout(timer)
  timer = setTimeout(() => document.dispatchEvent(new CustomEvent(CHANGED)), PAUSE_MS)
}

grid.addEventListener('saved', follow)
document.addEventListener('ek:change', ({ detail }) => {
  if (detail.object === grid.dataset.object) follow()
})
