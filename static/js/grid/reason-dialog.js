/**
 * Why a change is made: asked for when the server wants a reason, or somebody's approval, before it saves. The dialog
 * is not modal: the plan stays in sight and can be scrolled while the planner thinks.
 */

import { element } from 'app/dialogs.js'

/**
 * @typedef {{reason: string, assumption: string, expires: string}} Cause
 * @typedef {{recent: string[], assumptions: {id: number, code: string, name: string}[], cycles: {month: string, label: string}[]}} Offered
 */

/**
 * @param {{text: string, approval: boolean}} question
 * @param {() => Promise<Offered>} offer what may be chosen from; the dialog does not wait for it
 * @returns {Promise<Cause | null>} null when the planner drops the change
 */
export function askWhy({ text, approval }, offer) {
  const fields = fieldsOf()
  const dialog = build(fields, text, approval)
  document.body.append(dialog)
  dialog.show()
  fields.reason.focus()
  offer().then(
    (offered) => fill(fields, offered),
    () => {},
  )
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(dialog.returnValue === 'save' ? causeOf(fields) : null)
    })
  })
}

/** What is sent; an assumption speaks for itself when nothing was written. @param {ReturnType<typeof fieldsOf>} fields */
export function causeOf({ reason, assumption, expires }) {
  return { reason: reason.value.trim(), assumption: assumption.value, expires: expires.value }
}

function fieldsOf() {
  return {
    reason: element('input', {
      class: 'inp',
      id: 'why-reason',
      maxlength: '500',
      list: 'why-recent',
      autocomplete: 'off',
    }),
    recent: element('datalist', { id: 'why-recent' }),
    assumption: element('select', { class: 'inp', id: 'why-assumption' }, option('', 'None')),
    expires: element('select', { class: 'inp', id: 'why-expires' }, option('', 'This cycle only')),
  }
}

function fill(fields, { recent, assumptions, cycles }) {
  fields.recent.append(...recent.map((reason) => option(reason, reason)))
  fields.assumption.append(...assumptions.map(({ id, code, name }) => option(String(id), `${code} ${name}`)))
  fields.expires.append(...cycles.map(({ month, label }) => option(month, `Until cycle ${label}`)))
  // Production by hand rests on no assumption and lasts as long as its cycle.
  if (cycles.length === 0) for (const each of [fields.assumption, fields.expires]) each.parentElement?.remove()
}

function build(fields, text, approval) {
  const dialog = element('dialog', { class: 'ek-dialog pg-why', 'aria-labelledby': 'why-title' })
  const save = element('button', { class: 'bt pri' }, approval ? 'Ask for approval' : 'Save the change')
  const drop = element('button', { class: 'bt', type: 'button' }, 'Drop the change')
  const form = element(
    'form',
    { method: 'dialog' },
    element('header', {}, element('h2', { id: 'why-title' }, approval ? 'This needs approval' : 'Why this change?')),
    element(
      'div',
      { class: 'body stack-l' },
      element('p', { class: 'muted' }, text),
      field('Reason', fields.reason),
      fields.recent,
      field('Assumption behind it', fields.assumption),
      ...(approval ? [] : [field('Keep', fields.expires)]),
    ),
    element('footer', {}, drop, save),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const told = fields.reason.value.trim() !== '' || (!approval && fields.assumption.value !== '')
    fields.reason.setCustomValidity(told ? '' : 'Say why in a few words.')
    if (fields.reason.reportValidity()) dialog.close('save')
  })
  fields.reason.addEventListener('input', () => fields.reason.setCustomValidity(''))
  drop.addEventListener('click', () => dialog.close(''))
  dialog.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    event.stopPropagation()
    dialog.close('')
  })
  dialog.append(form)
  return dialog
}

function field(label, control) {
  return element('div', { class: 'field' }, element('label', { for: control.id }, label), control)
}

function option(value, text) {
  return element('option', { value }, text)
}
