/**
 * The rows that are open, in order, without holding those that were never asked for.
 * A parent knows how many children it has; each child is known by its offset once its page has been loaded.
 */

/**
 * @typedef {{key: string, label: string, kind: string, measure?: string, depth: number, children: number,
 *   editable: boolean, values: (number | null)[], flags?: Record<string, string>, versions?: Record<string, number>,
 *   decimals?: number, strong?: boolean, edge?: [number | null, number | null, string]}} Row
 * @typedef {{key: string, row: Row | null, parent: Node | null, offset: number, total: number, span: number,
 *   open: boolean, openOffsets: number[], children: Map<number, Node>, stale: boolean}} Node
 * @typedef {{parent: string, offset: number, key: string | null, row: Row | null, open: boolean, siblings: number}} Place
 */

export class Tree {
  #root = newNode('', null, null, 0)
  #nodes = new Map([['', this.#root]])

  get length() {
    return this.#root.span
  }

  /** @param {string} key @returns {Row | null} */
  row(key) {
    return this.#nodes.get(key)?.row ?? null
  }

  /** What stands at a visible index; its row is null while the page is on its way. @param {number} index */
  at(index) {
    if (index < 0 || index >= this.length) return null
    const { parent, offset } = this.#locate(this.#root, index)
    const node = parent.children.get(offset)
    return {
      parent: parent.key,
      offset,
      siblings: parent.total,
      key: node?.key ?? null,
      row: node?.row ?? null,
      open: node?.open ?? false,
    }
  }

  /** The visible index of a row, −1 when it is unknown or folded away. @param {string} key */
  indexOf(key) {
    let node = this.#nodes.get(key)
    if (!node || node === this.#root) return -1
    let index = -1
    for (; node.parent; node = node.parent) {
      const parent = node.parent
      if (parent.parent && !parent.open) return -1
      index += 1 + node.offset
      for (const offset of parent.openOffsets) {
        if (offset < node.offset) index += parent.children.get(offset).span
      }
    }
    return index
  }

  /**
   * Takes in a page of children.
   * @param {string} parentKey
   * @param {number} offset
   * @param {Row[]} rows
   * @param {number} total
   */
  setChildren(parentKey, offset, rows, total) {
    const parent = this.#nodes.get(parentKey)
    if (!parent) return
    if (total !== parent.total) this.#resize(parent, total)
    for (const [at, row] of rows.entries()) this.#place(parent, offset + at, row)
  }

  /** Newer versions of rows already known; others are ignored. @param {Row[]} rows @returns {string[]} */
  update(rows) {
    const known = rows.filter((row) => this.#nodes.has(row.key))
    for (const row of known) {
      const node = this.#nodes.get(row.key)
      node.row = row
      node.stale = false
      if (!node.open && node.children.size === 0) {
        node.total = row.children
        node.span = row.children
      }
    }
    return known.map((row) => row.key)
  }

  /** @param {string} key @param {boolean} open @returns {boolean} whether anything changed */
  setOpen(key, open) {
    const node = this.#nodes.get(key)
    if (!node?.parent || node.open === open || (open && node.total === 0)) return false
    node.open = open
    const offsets = node.parent.openOffsets
    if (open) {
      offsets.push(node.offset)
      offsets.sort((a, b) => a - b)
    } else offsets.splice(offsets.indexOf(node.offset), 1)
    grow(node.parent, open ? node.span : -node.span)
    return true
  }

  /** @param {string} key @returns {string | null} the key of the row above it in the hierarchy */
  parentOf(key) {
    return this.#nodes.get(key)?.parent?.key || null
  }

  /** Every loaded row may have changed; each is asked for again when it is next seen. */
  markStale() {
    for (const node of this.#nodes.values()) node.stale = true
  }

  /** Asked for and answered, whether or not the server still knows them. @param {string[]} keys */
  settle(keys) {
    for (const key of keys) {
      const node = this.#nodes.get(key)
      if (node) node.stale = false
    }
  }

  /** @param {string} key */
  isStale(key) {
    return this.#nodes.get(key)?.stale ?? false
  }

  clear() {
    this.#root = newNode('', null, null, 0)
    this.#nodes = new Map([['', this.#root]])
  }

  #locate(parent, index) {
    let before = 0
    for (const offset of parent.openOffsets) {
      const child = parent.children.get(offset)
      const at = offset + before
      if (index <= at) break
      if (index <= at + child.span) return this.#locate(child, index - at - 1)
      before += child.span
    }
    return { parent, offset: index - before }
  }

  #place(parent, offset, row) {
    const previous = parent.children.get(offset)
    if (previous && previous.key !== row.key) this.#forget(previous)
    const node = this.#nodes.get(row.key)
    if (node && node.parent === parent && node.offset === offset) {
      this.update([row])
      return
    }
    if (node) this.#forget(node)
    const fresh = newNode(row.key, row, parent, offset)
    parent.children.set(offset, fresh)
    this.#nodes.set(row.key, fresh)
  }

  #forget(node) {
    this.setOpen(node.key, false)
    for (const child of node.children.values()) this.#forget(child)
    node.parent?.children.delete(node.offset)
    this.#nodes.delete(node.key)
  }

  #resize(parent, total) {
    for (const [offset, child] of parent.children) {
      if (offset >= total) this.#forget(child)
    }
    const change = total - parent.total
    parent.total = total
    grow(parent, change)
  }
}

/** @returns {Node} */
function newNode(key, row, parent, offset) {
  const total = row?.children ?? 0
  return {
    key,
    row,
    parent,
    offset,
    total,
    span: total,
    open: false,
    openOffsets: [],
    children: new Map(),
    stale: false,
  }
}

/** A closed row's children are not part of what stands open above it. */
function grow(node, change) {
  node.span += change
  if (node.parent && node.open) grow(node.parent, change)
}
