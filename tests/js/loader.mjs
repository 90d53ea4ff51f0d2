// Lets Node find 'app/…' where browsers find it by the import map. Run: node --import ./tests/js/loader.mjs --test tests/js/
import { register } from 'node:module'

const hook = `
  export function resolve(specifier, context, next) {
    if (!specifier.startsWith('app/')) return next(specifier, context)
    return { url: new URL(specifier.slice(4), '${new URL('../../static/js/', import.meta.url)}').href, shortCircuit: true }
  }
`
register(`data:text/javascript,${encodeURIComponent(hook)}`)
