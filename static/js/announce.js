/** Says a sentence to people who listen to the page instead of looking at it. @param {string} sentence */
export function announce(sentence) {
  const region = document.getElementById('announce')
  if (region) region.textContent = sentence
}
