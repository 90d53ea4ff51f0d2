/** How far a job is, in words. The server tells a failure in the same words when the page is opened later. */

/**
 * @typedef {{state: string, done: number, total: number, message: string, error?: string, eta_seconds?: ?number}} Run
 * @param {Run} run
 * @param {string} label what the job is called, such as Forecast
 */
export function sentence(run, label) {
  if (run.state === 'failed') return `The ${label.toLowerCase()} failed: ${reason(run)}. The plan is as it was before.`
  if (run.state === 'cancelled') return 'Cancelled; the plan is as it was before.'
  if (run.state === 'done') return run.message || 'Done.'
  const parts = [run.message || (run.total ? `${run.done} of ${run.total}` : 'Waiting to start')]
  if (run.eta_seconds != null) parts.push(`${Math.max(1, Math.round(run.eta_seconds))} s left`)
  return parts.join(', ')
}

/** @param {Run} run */
function reason({ error }) {
  const plain = (error ?? '').replace(/^The \w+ job failed: /, '').trim()
  return plain.replace(/\.$/, '') || 'no reason was given'
}
