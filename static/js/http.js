/** Requests to our own server: the CSRF token goes along, problem documents come back as errors. */

/**
 * @typedef {{status: number, title: string, detail: string, errors: Record<string, string[]>}} ProblemDocument
 */

export class Problem extends Error {
  /**
   * @param {number} status 0 when the server was not reached
   * @param {Partial<ProblemDocument> & Record<string, any>} body
   */
  constructor(status, body) {
    body ??= {}
    super(body.detail || body.title || `The server answered ${status}.`)
    this.name = 'Problem'
    this.status = status
    this.title = body.title ?? ''
    this.detail = body.detail ?? ''
    this.errors = body.errors ?? {}
    this.body = body
  }
}

/**
 * @param {string} url
 * @param {{signal?: AbortSignal}} [options]
 */
export function getJSON(url, { signal } = {}) {
  return request(url, { signal, headers: { Accept: 'application/json' } })
}

/** A fragment of a page. @param {string} url */
export async function getText(url) {
  const response = await reach(url, { headers: { Accept: 'application/json' } })
  if (!response.ok) throw new Problem(response.status, await parse(response))
  return response.text()
}

/**
 * @param {string} url
 * @param {unknown} body
 * @param {{signal?: AbortSignal}} [options]
 */
export function postJSON(url, body, { signal } = {}) {
  return request(url, {
    method: 'POST',
    signal,
    body: JSON.stringify(body),
    headers: { Accept: 'application/json', 'Content-Type': 'application/json', 'X-CSRFToken': csrfToken() },
  })
}

export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.getAttribute('content') ?? ''
}

/**
 * Adds query parameters to an address that may already have some.
 * @param {string} url
 * @param {Record<string, string | number>} parameters
 */
export function withQuery(url, parameters) {
  const full = new URL(url, location.href)
  for (const [name, value] of Object.entries(parameters)) full.searchParams.set(name, String(value))
  return full.pathname + full.search
}

/** @param {string} url @param {RequestInit} init */
async function request(url, init) {
  const response = await reach(url, init)
  const body = await parse(response)
  if (!response.ok) throw new Problem(response.status, body)
  if (response.redirected && body === null) {
    throw new Problem(401, { detail: 'You are logged out. Log in again in another tab, then repeat this.' })
  }
  return body
}

async function reach(url, init) {
  try {
    return await fetch(url, { credentials: 'same-origin', ...init })
  } catch (error) {
    if (error.name === 'AbortError') throw error
    throw new Problem(0, { detail: 'The server cannot be reached. Nothing was changed.' })
  }
}

async function parse(response) {
  const type = response.headers.get('Content-Type') ?? ''
  return type.includes('json') ? response.json() : null
}
