/** Two people write on the same notes: what each wrote since the text both knew is kept. No DOM. */

/**
 * The text with both people's words in it. Where one only wrote on at the end, that goes on at the end of the other's;
 * else what is mine and not in theirs follows line by line.
 * @param {string} base what both started from @param {string} mine @param {string} theirs
 */
export function merge(base, mine, theirs) {
  if (mine === base || mine === theirs) return theirs
  if (theirs === base) return mine
  if (goesOn(base, mine)) return joined(theirs, mine.slice(base.length))
  if (goesOn(base, theirs)) return joined(mine, theirs.slice(base.length))
  const known = new Set(theirs.split('\n'))
  return joined(
    theirs,
    mine
      .split('\n')
      .filter((line) => !known.has(line))
      .join('\n'),
  )
}

/** Whether whole lines were added at the end and nothing else. @param {string} base @param {string} text */
function goesOn(base, text) {
  return text.startsWith(base) && (!base || base.endsWith('\n') || text[base.length] === '\n')
}

/** @param {string} text @param {string} more */
function joined(text, more) {
  if (!more.trim()) return text
  return text && !text.endsWith('\n') ? `${text}\n${more.replace(/^\n/, '')}` : text + more
}

/** Minutes and seconds, with a minus once the time is over. @param {number} seconds */
export function clock(seconds) {
  const size = Math.abs(seconds)
  const text = `${Math.floor(size / 60)}:${String(size % 60).padStart(2, '0')}`
  return seconds < 0 ? `\u2212${text}` : text
}
