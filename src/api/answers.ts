// The `response` part of a route's schema: what it gives, and every problem it may give instead.
import { Type, type TSchema } from 'typebox'
import { problemKinds, problemMediaType, type ProblemKind } from './problem.ts'
import { named, problemSchema } from './schemas.ts'

/** Problems any request may meet before and while it is handled. */
const always: readonly ProblemKind[] = ['invalid-request', 'unknown-host', 'other-origin', 'internal', 'unavailable']
export const signedIn: readonly ProblemKind[] = ['not-signed-in', 'not-allowed', 'too-many-requests']
export const withBody: readonly ProblemKind[] = ['too-large', 'unsupported-media-type']

type Answer = {
  readonly status: 200 | 201 | 204 | 302 | 304
  readonly description: string
  readonly schema?: TSchema
  readonly mediaType?: string
}

/** JSON unless `mediaType` says otherwise; no schema: no body. */
export function answers(given: Answer | readonly Answer[], kinds: readonly ProblemKind[]): Record<string, unknown> {
  const good = [given]
    .flat()
    .map(({ status, description, schema, mediaType = 'application/json' }) => [
      status,
      schema === undefined ? Type.Null({ description }) : { description, content: { [mediaType]: { schema } } },
    ])
  const byStatus = new Map<number, ProblemKind[]>()
  for (const kind of [...always, ...kinds]) {
    const { status } = problemKinds[kind]
    byStatus.set(status, [...(byStatus.get(status) ?? []), kind])
  }
  const bad = [...byStatus].map(([status, of]) => [
    status,
    {
      description: of.map((kind) => `${problemKinds[kind].title} (/problems/${kind})`).join('; '),
      content: { [problemMediaType]: { schema: named(problemSchema) } },
    },
  ])
  return Object.fromEntries([...good, ...bad]) as Record<string, unknown>
}
