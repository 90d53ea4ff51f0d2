/** Minutes go to paper, or to a PDF, by the browser's own printing. */

document.querySelector('[data-print]')?.addEventListener('click', () => print())
