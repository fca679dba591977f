// The times that a chart may be of, the shortest first.
export const spans = [
  { id: 'hour', ms: 3_600_000, name: 'Last hour' },
  { id: 'day', ms: 86_400_000, name: 'Last day' },
  { id: 'week', ms: 7 * 86_400_000, name: 'Last week' },
] as const
export type SpanId = (typeof spans)[number]['id']
