/** What assistive technology is told: SlickGrid builds boxes, this gives them their roles and counts. */

/** @typedef {import('app/grid/tree.js').Tree} Tree */

/** Once after building: a treegrid of rows, and one stop for the Tab key. @param {HTMLElement} host @param {string} label */
export function prepare(host, label) {
  host.setAttribute('role', 'treegrid')
  host.setAttribute('aria-label', label)
  host.setAttribute('aria-multiselectable', 'true')
  for (const box of host.querySelectorAll('[tabindex]:not(.slick-cell)')) box.removeAttribute('tabindex')
  for (const box of host.querySelectorAll('.slick-pane, .slick-header, .grid-canvas'))
    box.setAttribute('role', 'presentation')
  for (const box of host.querySelectorAll('.slick-viewport')) box.setAttribute('role', 'rowgroup')
  for (const box of host.querySelectorAll('.slick-header-columns')) box.setAttribute('role', 'row')
  for (const box of host.querySelectorAll('.slick-resizable-handle')) hide(box)
  for (const box of host.querySelectorAll('.slick-header-column')) box.setAttribute('role', 'columnheader')
  for (const box of host.querySelectorAll('.slick-headerrow, .slick-top-panel-scroller, .slick-preheader-panel'))
    hide(box)
  for (const box of host.children) {
    if (!box.classList.contains('slick-pane')) hide(box)
  }
  const viewport = host.querySelector('.slick-viewport-top.slick-viewport-right')
  if (viewport instanceof HTMLElement) viewport.tabIndex = 0
}

/** After every painting: rows know their place in the whole. @param {HTMLElement} host @param {Tree} tree @param {number} cols */
export function decorate(host, tree, cols) {
  host.setAttribute('aria-rowcount', String(tree.length + 1))
  host.setAttribute('aria-colcount', String(cols))
  for (const node of host.querySelectorAll('.slick-row')) {
    const index = Number(node.dataset.row)
    const place = tree.at(index)
    if (!place) continue
    node.setAttribute('aria-rowindex', String(index + 2))
    node.setAttribute('aria-setsize', String(place.siblings))
    node.setAttribute('aria-posinset', String(place.offset + 1))
    if (!place.row) continue
    node.dataset.key = place.key
    node.setAttribute('aria-level', String(place.row.depth + 1))
    if (place.row.children) node.setAttribute('aria-expanded', String(place.open))
  }
}

function hide(box) {
  box.setAttribute('aria-hidden', 'true')
}
