/** @names in a text: the one being typed, who it could be, and who would be told. No DOM. */

/** @typedef {{username: string, name: string}} Person @typedef {{start: number, end: number, query: string}} Spot */

const NAME = /(?<![\p{L}\p{N}_.@+-])@([\p{L}\p{N}_][\p{L}\p{N}_.@+-]*)/gu
const TYPING = /(?<![\p{L}\p{N}_.@+-])@([\p{L}\p{N}_.@+-]*)$/u
const SHOWN = 6

/** The @name that ends at the caret; null when none is being typed. @param {string} text @param {number} caret */
export function spotAt(text, caret) {
  const match = TYPING.exec(text.slice(0, caret))
  return match && { start: match.index, end: caret, query: match[1].toLowerCase() }
}

/** People whose user name, or a word of whose name, begins so. @param {Person[]} people @param {string} query */
export function matching(people, query) {
  const words = ({ username, name }) => [username, name, ...name.split(/\s+/)].map((word) => word.toLowerCase())
  return people.filter((person) => words(person).some((word) => word.startsWith(query))).slice(0, SHOWN)
}

/** The text with the name in place of what was typed of it. @param {string} text @param {Spot} spot @param {Person} person */
export function complete(text, spot, person) {
  const before = `${text.slice(0, spot.start)}@${person.username} `
  return { text: before + text.slice(spot.end).replace(/^ /, ''), caret: before.length }
}

/** The people a text names, each once. @param {string} text @param {Person[]} people */
export function named(text, people) {
  const known = new Map(people.map((person) => [person.username.toLowerCase(), person]))
  const found = [...text.matchAll(NAME)].map(
    ([, name]) => known.get(name.toLowerCase()) ?? known.get(name.toLowerCase().replace(/[.@+-]+$/, '')),
  )
  return [...new Set(found.filter(Boolean))]
}
