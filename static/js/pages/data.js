/** On the Data page a button that leads elsewhere (the bad rows, as a file) is followed, not fetched into the page. */

document.addEventListener(
  'submit',
  (event) => {
    if (event.submitter?.hasAttribute('formaction')) event.stopImmediatePropagation()
  },
  { capture: true },
)
