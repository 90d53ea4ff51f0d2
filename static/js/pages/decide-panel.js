/** Deciding by a number: what is typed for the months adds up, and says what it moves, before anything is saved. */

import { formatDifference, formatNumber, parseNumber } from 'app/grid/format.js'

document.addEventListener('input', (event) => {
  const form = event.target instanceof Element ? event.target.closest('.cm-decide') : null
  if (form) tell(form)
})

/** @param {HTMLFormElement} form */
function tell(form) {
  const typed = [...form.querySelectorAll('[data-rate]')]
  const units = typed.map((field) => parseNumber(field.value.trim() || '0'))
  const effect = form.querySelector('[data-effect]')
  const chosen = form.elements.method.value === 'number'
  if (!chosen || units.some(Number.isNaN)) {
    form.querySelector('[data-sum]').textContent = ''
    effect.textContent = ''
    return
  }
  const sum = units.reduce((all, value) => all + value, 0)
  const worth = units.reduce((all, value, at) => all + value * Number(typed[at].dataset.rate), 0)
  form.querySelector('[data-sum]').textContent = formatNumber(sum)
  const against = (name, whole) => {
    const base = effect.dataset[name]
    const money = effect.dataset[`${name}Money`]
    const inMoney = money === undefined ? '' : ` (${inCurrency(worth - Number(money), effect.dataset.currency)})`
    return `${formatDifference(sum - Number(base))} units${inMoney} against ${whole}`
  }
  effect.textContent = `${against('baseline', 'the baseline')}; ${against('plan', 'the plan as it stands')}.`
}

/** +€ 45 k from ten thousand up, whole below. */
function inCurrency(value, currency) {
  const [size, mark] =
    Math.abs(value) >= 1e6 ? [value / 1e6, ' M'] : Math.abs(value) >= 1e4 ? [value / 1e3, ' k'] : [value, '']
  const text = formatDifference(size, mark === ' M' ? 2 : 0)
  return `${text[0]}${currency} ${text.slice(1)}${mark}`
}
