/** The Scenarios page: the year applies when chosen, the button counts what is ticked, the form asks what it needs. */

const RESOURCE = new Set(['regular_hours', 'overtime_hours', 'overtime_cost', 'hours_per_unit', 'other_resource'])
const MONTHS = new Set(['demand', 'price', 'regular_hours', 'overtime_hours', 'safety_stock', 'production', 'receipts'])

const choose = document.getElementById('sc-choose')
choose?.querySelector('select')?.addEventListener('change', () => choose.requestSubmit())

const adopt = document.getElementById('adopt')
adopt?.addEventListener('change', count)
count()

function count() {
  const button = adopt?.querySelector('[data-take]')
  if (!button) return
  const ticked = adopt.querySelectorAll('input[name=change]:checked').length
  button.textContent = `Take ${ticked} into the plan…`
  button.disabled = ticked === 0
}

const form = document.getElementById('scenario-change')
form?.addEventListener('change', ask)
if (form) ask()

/** Only the fields that this kind of change takes; what is hidden is not sent. */
function ask() {
  const target = form.elements.target.value
  const moves = form.elements.operation.value === 'move'
  show('.sc-resource', RESOURCE.has(target))
  show('.sc-other', target === 'other_resource')
  show('.sc-market', target === 'demand')
  show('.sc-months', MONTHS.has(target))
  show('.sc-move', moves)
}

function show(selector, wanted) {
  for (const field of form.querySelectorAll(selector)) {
    field.hidden = !wanted
    for (const input of field.querySelectorAll('input, select')) input.disabled = !wanted
  }
}
