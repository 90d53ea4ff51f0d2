/** Rows compact or comfortable: a choice of this browser, kept for every grid. */

const KEY = 'ek-rows'

/** @param {HTMLElement} grid before its first row is drawn */
export function applyDensity(grid) {
  grid.classList.toggle('comfortable', localStorage.getItem(KEY) === 'comfortable')
}

/** The other way round; the sheet is drawn anew, for its row height is fixed once it stands. */
export function changeDensity() {
  localStorage.setItem(KEY, localStorage.getItem(KEY) === 'comfortable' ? 'compact' : 'comfortable')
  location.reload()
}
