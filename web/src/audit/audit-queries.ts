// Queries of the audit.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { AuditRow, AuditVerification, Listing } from '../../../src/api/contract.ts'
import { getJson } from '../api/client.ts'

/** Empty: all. */
export type AuditAsked = {
  readonly search: string
  readonly action: AuditRow['action'] | ''
  readonly result: AuditRow['result'] | ''
}

export const auditQuery = (asked: AuditAsked) =>
  infiniteQueryOptions({
    queryKey: ['/audit', asked] as const,
    queryFn: ({ pageParam, signal }) =>
      getJson<Listing<AuditRow>>('/audit', { ...asked, limit: 100, after: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Listing<AuditRow>) => page.next,
    placeholderData: keepPreviousData,
  })

/** Asked for by a button: every entry is looked at. */
export const verificationQuery = queryOptions({
  queryKey: ['/audit/verification'],
  queryFn: ({ signal }) => getJson<AuditVerification>('/audit/verification', {}, signal),
  enabled: false,
  gcTime: 0,
})
