/** Opens the way to a row that a link names. */

/**
 * @param {[string, number][]} path rows from the top down, each with its place under the one before
 * @param {{tree: import('app/grid/tree.js').Tree, provider: import('app/grid/provider.js').Provider}} parts
 * @returns {Promise<number>} the visible index of the last; −1 when it is not there
 */
export async function openAt(path, { tree, provider }) {
  let last = ''
  for (const [key, offset] of path) {
    if (last) tree.setOpen(last, true)
    await provider.reach(last, offset)
    last = key
  }
  return last ? tree.indexOf(last) : -1
}
