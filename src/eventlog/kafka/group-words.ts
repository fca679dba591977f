// The words of the group of the jobs, as JSON: what a member says of itself when it joins, and what
// the leader says to it. Members may be of other versions: what cannot be read is left out.
import type { Claims } from './assignment.ts'

/** Of the group, after the prefix. */
export const jobsGroup = 'jobs'

/** The transactional id of a partition, after the prefix. */
export const transactionsOf = (partition: number): string => `jobs.${partition}`

export const claimsText = (claims: Claims): Buffer => Buffer.from(JSON.stringify(claims))

export const partitionsText = (partitions: readonly number[]): Buffer => Buffer.from(JSON.stringify({ partitions }))

export function parseClaims(bytes: Buffer): Claims {
  const { running, warm } = parsed(bytes)
  return { running: numbersIn(running), warm: numbersIn(warm) }
}

export const parsePartitions = (bytes: Buffer): number[] => numbersIn(parsed(bytes)['partitions'])

const numbersIn = (value: unknown): number[] =>
  Array.isArray(value) ? value.filter((each): each is number => Number.isInteger(each) && each >= 0) : []

function parsed(bytes: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(bytes.toString())
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    // A member of whom nothing is known has nothing; it is given its share all the same.
    return {}
  }
}
