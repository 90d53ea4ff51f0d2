/** Importing a workbook: a file is dropped on the page; the differences are ticked, and what is ticked is added up. */

import { formatDifference } from 'app/grid/format.js'

const drop = document.querySelector('[data-drop] .wb-drop')
const form = document.querySelector('[data-workbook]')

if (drop) acceptDrops(drop)
if (form) {
  form.addEventListener('change', (event) => {
    if (event.target.matches('[data-all]')) {
      for (const box of boxes()) box.checked = event.target.checked
    }
    count()
  })
  count()
}

/** @param {HTMLElement} place where a file may be dropped */
function acceptDrops(place) {
  const input = place.querySelector('input[type="file"]')
  for (const name of ['dragover', 'dragleave', 'drop']) {
    place.addEventListener(name, (event) => {
      event.preventDefault()
      place.classList.toggle('over', name === 'dragover')
      if (name === 'drop' && event.dataTransfer.files.length) input.files = event.dataTransfer.files
    })
  }
}

/** How many changes are chosen, and what they add. */
function count() {
  const ticked = [...boxes(), ...form.querySelectorAll('input[value="mine"]')].filter((input) => input.checked)
  const rest = form.querySelector('[data-rest]')
  const more = rest?.checked ? Number(rest.dataset.rest) : 0
  const sum = ticked.reduce((total, input) => total + Number(input.dataset.change), 0)
  const cells = ticked.length + more
  form.querySelector('[data-chosen]').textContent =
    `${cells} ${cells === 1 ? 'change' : 'changes'} chosen${more ? '' : `, ${formatDifference(sum)} units`}`
  form.querySelector('button.pri').disabled = cells === 0
  const all = form.querySelector('[data-all]')
  const on = [...boxes()].filter((box) => box.checked).length
  all.checked = on > 0 && on === boxes().length
  all.indeterminate = on > 0 && on < boxes().length
}

/** @returns {NodeListOf<HTMLInputElement>} */
function boxes() {
  return form.querySelectorAll('input[name="take"]')
}
