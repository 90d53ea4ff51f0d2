/** The Performance page: choosing a filter asks again, so that the address always says what is shown. */

import 'app/charts/stair-chart.js'

for (const choice of document.querySelectorAll('[data-filters] select')) {
  choice.addEventListener('change', () => choice.form.requestSubmit())
}
