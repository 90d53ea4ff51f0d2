/** Changing many cells at once: what, by how much, where and when; what it would do is shown before it is saved. */

import { element } from 'app/dialogs.js'
import { formatNumber } from 'app/grid/format.js'

const PAUSE_MS = 350
const KINDS = [
  ['percent', 'Change by %', ''],
  ['add', 'Add or take away units', 'units a month and row'],
  ['set', 'Set to', 'units a month and row'],
  ['spread', 'Spread a total', 'units over all months and rows'],
  ['copy', 'Copy last year', ''],
  ['shift', 'Shift by months', 'months later; −1 is one earlier'],
]

/**
 * @typedef {{months: {id: string, label: string}[], first: string, last: string, rows: string[]}} Scope
 * @typedef {{kind: string, amount: string, first: string, last: string, rows: string[], reason: string}} Change
 */

/**
 * @param {Scope} scope the plan's months, those selected, and the rows selected
 * @param {(change: Change & {dry: boolean}) => Promise<any>} send
 * @returns {Promise<{answer: any, label: string} | null>} null when nothing was saved
 */
export function changeMany(scope, send) {
  const fields = fieldsOf(scope)
  const effect = element('div', { class: 'pg-effect', 'aria-live': 'polite' })
  const save = element('button', { class: 'bt pri', type: 'button' }, 'Change the cells')
  const drop = element('button', { class: 'bt', type: 'button' }, 'Cancel')
  const dialog = build(fields, effect, [drop, save])
  const change = () => changeOf(fields, scope)
  let timer = 0
  const preview = () => {
    clearTimeout(timer)
    timer = setTimeout(() => show(effect, save, change(), send), PAUSE_MS)
  }
  const adapt = () => {
    const [, , unit] = KINDS.find(([kind]) => kind === fields.kind.value)
    fields.amount.closest('.field').hidden = fields.kind.value === 'copy'
    fields.unit.textContent = unit
    preview()
  }
  for (const field of [fields.amount, fields.first, fields.last, fields.where]) field.addEventListener('input', preview)
  fields.kind.addEventListener('input', adapt)
  document.body.append(dialog)
  dialog.showModal()
  adapt()
  fields.amount.focus()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      clearTimeout(timer)
      dialog.remove()
      resolve(null)
    })
    drop.addEventListener('click', () => dialog.close())
    save.addEventListener('click', async () => {
      save.disabled = true
      try {
        const answer = await send({ ...change(), dry: false })
        resolve({ answer, label: labelOf(change()) })
        dialog.close()
      } catch (problem) {
        refuse(effect, problem.message)
        save.disabled = false
        if (!fields.reason.value.trim()) fields.reason.focus()
      }
    })
  })
}

/** @param {{kind: string, amount: string}} change how the undo list names it */
export function labelOf({ kind, amount }) {
  if (kind === 'percent') return `Change by ${amount} %`
  const name = KINDS.find(([value]) => value === kind)[1]
  return kind === 'copy' ? name : `${name} ${amount}`
}

/** "120 cells of 12 series", "1 010 → 1 111 units (+101)", what is left alone. @param {any} effect */
export function tell({ series, cells, before, after, locked, frozen }) {
  const alone = [locked && `${formatNumber(locked)} locked`, frozen && `${formatNumber(frozen)} frozen`].filter(Boolean)
  const difference = after - before
  return [
    `${formatNumber(cells)} cells of ${formatNumber(series)} series change`,
    `${formatNumber(before)} → ${formatNumber(after)} units (${difference < 0 ? '' : '+'}${formatNumber(difference)})`,
    ...(alone.length ? [`Left alone: ${alone.join(' and ')} cells`] : []),
  ]
}

async function show(effect, save, change, send) {
  if (change.kind !== 'copy' && change.amount.trim() === '') {
    effect.replaceChildren(element('p', { class: 'muted' }, 'Say by how much to see what would change.'))
    save.disabled = true
    return
  }
  try {
    const found = await send({ ...change, dry: true })
    const lines = tell(found).map((line) => element('p', {}, line))
    const rows = found.largest.map(({ name, before, after }) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, name),
        element('td', { class: 'n' }, formatNumber(before)),
        element('td', { class: 'n' }, formatNumber(after)),
      ),
    )
    const table = element(
      'table',
      { class: 't' },
      element('caption', {}, 'Largest changes'),
      element('tbody', {}, ...rows),
    )
    effect.replaceChildren(...lines, ...(rows.length ? [table] : []))
    save.disabled = found.cells === 0
  } catch (problem) {
    refuse(effect, problem.message)
    save.disabled = true
  }
}

function refuse(effect, sentence) {
  effect.replaceChildren(element('p', { class: 'ek-notice bad', role: 'alert' }, element('span', {}, sentence)))
}

function changeOf(fields, { rows }) {
  return {
    kind: fields.kind.value,
    amount: fields.amount.value.replace('−', '-').replace(',', '.').trim(),
    first: fields.first.value,
    last: fields.last.value,
    rows: fields.where.value === 'rows' ? rows : [],
    reason: fields.reason.value.trim(),
  }
}

function fieldsOf({ months, first, last, rows }) {
  const choice = (id, options, chosen) => {
    const select = element(
      'select',
      { class: 'inp', id },
      ...options.map(([value, text]) => element('option', { value }, text)),
    )
    select.value = chosen
    return select
  }
  const all = months.map(({ id, label }) => [id, label])
  const where = [['filter', 'All series that the page shows']]
  if (rows.length) where.unshift(['rows', rows.length === 1 ? 'The selected row' : `The ${rows.length} selected rows`])
  return {
    kind: choice('mass-kind', KINDS, 'percent'),
    amount: element('input', { class: 'inp tn', id: 'mass-amount', inputmode: 'decimal', autocomplete: 'off' }),
    unit: element('span', { class: 'small muted' }),
    first: choice('mass-first', all, first),
    last: choice('mass-last', all, last),
    where: choice('mass-where', where, where[0][0]),
    reason: element('input', { class: 'inp', id: 'mass-reason', maxlength: '500', autocomplete: 'off' }),
  }
}

function build(fields, effect, buttons) {
  const field = (label, control, ...after) =>
    element('div', { class: 'field' }, element('label', { for: control.id }, label), control, ...after)
  const dialog = element('dialog', { class: 'ek-dialog pg-mass', 'aria-labelledby': 'mass-title' })
  dialog.append(
    element('header', {}, element('h2', { id: 'mass-title' }, 'Change many cells')),
    element(
      'div',
      { class: 'body' },
      element(
        'div',
        { class: 'pg-mass-fields' },
        field('What', fields.kind),
        field('By', fields.amount, fields.unit),
        field('From', fields.first),
        field('To', fields.last),
        field('Where', fields.where),
        field('Reason', fields.reason),
      ),
      effect,
    ),
    element('footer', {}, ...buttons),
  )
  return dialog
}
