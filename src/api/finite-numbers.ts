// Numbers of a request are finite. The check by schema lets two things through: a text such as
// "Infinity" or "1e999" becomes a number that is none, and no bound is asked of such a number.
import { problem } from './problem.ts'
import type { Server } from './server-types.ts'

/** For the routes that are added to the server from now on. */
export function refuseInfinite(server: Server): void {
  server.addHook('preHandler', async ({ query, params, body }) => {
    const field = infiniteField({ query, params, body })
    if (field === undefined) return
    const message = 'Give a number that is finite.'
    throw problem('invalid-request', `Mend "${field}" and send the request again. ${message}`, {
      errors: [{ field, message }],
    })
  })
}

/** Where in the parts of a request the first is; undefined where there is none. */
function infiniteField(parts: Readonly<Record<string, unknown>>): string | undefined {
  const open: (readonly [path: string, value: unknown])[] = Object.values(parts).map((part) => ['', part])
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [path, value] = next
    if (typeof value === 'number' && !Number.isFinite(value)) return path
    if (typeof value !== 'object' || value === null) continue
    for (const [name, part] of Object.entries(value)) open.push([path === '' ? name : `${path}.${name}`, part])
  }
  return undefined
}
