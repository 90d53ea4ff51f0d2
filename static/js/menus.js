/**
 * Menus are <details class="ek-menu">: one open at a time, closed by Escape or a click elsewhere, walked by arrows.
 * On a phone `.ek-tools-open` shows the toolbar's other tools, which follow it.
 */

export function startMenus() {
  document.addEventListener('click', (event) => {
    closeAllBut(menuOf(event.target))
    const more = event.target instanceof Element ? event.target.closest('.ek-tools-open') : null
    more?.setAttribute('aria-expanded', String(more.getAttribute('aria-expanded') !== 'true'))
  })
  document.addEventListener('keydown', onKeyDown)
}

function onKeyDown(event) {
  const menu = menuOf(event.target)
  if (!menu?.open) return
  if (event.key === 'Escape') {
    menu.open = false
    menu.querySelector('summary')?.focus()
    return
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (!step) return
  const items = [...menu.querySelectorAll('.list a, .list button')]
  const at = items.indexOf(document.activeElement)
  items[(at + step + items.length) % items.length]?.focus()
  event.preventDefault()
}

/** @returns {HTMLDetailsElement | null} */
function menuOf(target) {
  return target instanceof Element ? target.closest('details.ek-menu') : null
}

function closeAllBut(kept) {
  for (const menu of document.querySelectorAll('details.ek-menu[open]')) {
    if (menu !== kept) menu.removeAttribute('open')
  }
}
