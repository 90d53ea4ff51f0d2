/** Light or dark: the system's choice until the person makes one, which a cookie then keeps for the server to draw. */

const YEAR_SECONDS = 31_536_000
const root = document.documentElement

export function startTheme() {
  document.addEventListener('click', (event) => {
    if (event.target instanceof Element && event.target.closest('[data-theme-toggle]')) choose(other(current()))
  })
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', (event) => {
    if (root.hasAttribute('data-theme-follows-system')) apply(event.matches ? 'dark' : 'light')
  })
}

export function current() {
  return root.dataset.bsTheme === 'dark' ? 'dark' : 'light'
}

/** @param {'light' | 'dark'} theme */
function choose(theme) {
  root.removeAttribute('data-theme-follows-system')
  const secure = location.protocol === 'https:' ? '; Secure' : ''
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser we serve
  document.cookie = `theme=${theme}; path=/; max-age=${YEAR_SECONDS}; SameSite=Lax${secure}`
  apply(theme)
}

function apply(theme) {
  root.dataset.bsTheme = theme
  document.dispatchEvent(new CustomEvent('ek:theme', { detail: { theme } }))
}

const other = (theme) => (theme === 'dark' ? 'light' : 'dark')
