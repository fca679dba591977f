// The audit as routes write it: who asked and from where is read off the request. Nothing is done
// that cannot be written: every call rejects with the store's Outage, which is answered with 503.
//
// Reads come in great numbers, so that of those a person makes again and again, the first in each
// quarter of an hour is written: `seldom`. Each process counts for itself.
import type { FastifyRequest } from 'fastify'
import {
  auditEntry,
  type Actor,
  type AuditAction,
  type AuditFacts,
  type AuditResult,
  type AuditTarget,
} from '../../audit/audit-entry.ts'
import type { Clock } from '../../base/clock.ts'
import { Outage } from '../../base/errors.ts'
import type { AuditStore } from '../../storage/audit-store.ts'
import { ApiProblem } from '../problem.ts'

export type Asking = Pick<FastifyRequest, 'ip' | 'headers' | 'caller'>

/** A deed of whoever calls, done unless another result is said. */
export type Deed = {
  readonly action: AuditAction
  readonly target: AuditTarget
  readonly before?: AuditFacts
  readonly after?: AuditFacts
  readonly result?: AuditResult
  readonly reason?: string
  /** Where that is not the caller. */
  readonly who?: Actor
  /** Where it is not the caller's. */
  readonly tenant?: string
}

export type Audit = {
  /** Resolves when it is written: before it is done, or at least before it is answered. */
  record(request: Asking, deed: Deed): Promise<void>
  /** Writes it, and then does it; a failure is written as well. Rejects as `work` does. */
  change<Value>(request: Asking, deed: Deed, work: () => Promise<Value>): Promise<Value>
  /** Writes the first of its like (who, from where, action, target, result) in a quarter of an
   *  hour. */
  seldom(request: Asking, deed: Deed): Promise<void>
}

export const seldomMs = 15 * 60_000
/** Beyond it those of earlier quarters are forgotten, or else all: they are written once more. */
const seldomMax = 50_000

export function createAudit(store: Pick<AuditStore, 'append'>, clock: Clock, ownTenant: string): Audit {
  const written = new Map<string, { readonly quarter: number; readonly writing: Promise<void> }>()

  const record: Audit['record'] = async (request, { who, tenant, ...deed }) => {
    const { caller } = request
    await store.append(
      auditEntry({
        ...deed,
        at: clock.now(),
        tenant: tenant ?? caller?.tenant ?? ownTenant,
        who: who ?? (caller === null ? stranger : { kind: caller.kind, id: caller.id, name: caller.name }),
        from: { address: request.ip, agent: request.headers['user-agent'] ?? null },
      }),
    )
  }

  const forgetSome = (now: number): void => {
    for (const [key, { quarter }] of written) if (quarter !== now) written.delete(key)
    if (written.size >= seldomMax) written.clear()
  }

  return {
    record,
    async change(request, deed, work) {
      await record(request, deed)
      try {
        return await work()
      } catch (error) {
        // The failure of the work is what matters to whoever asked.
        await record(request, { ...deed, result: 'failed', reason: reasonOf(error) }).catch(() => {})
        throw error
      }
    },
    async seldom(request, deed) {
      const quarter = Math.floor(clock.now() / seldomMs)
      const { caller } = request
      const who = deed.who ?? caller ?? stranger
      const tenant = deed.tenant ?? caller?.tenant
      const { action, target, result } = deed
      const key = JSON.stringify([tenant, who.kind, who.id, action, target.kind, target.id, result, request.ip])
      const known = written.get(key)
      if (known?.quarter === quarter) return known.writing
      if (written.size >= seldomMax) forgetSome(quarter)
      const writing = record(request, deed)
      written.set(key, { quarter, writing })
      try {
        await writing
      } catch (error) {
        written.delete(key)
        throw error
      }
    },
  }
}

const stranger: Actor = { kind: 'stranger', id: '', name: 'somebody who is not known' }

/** Never in the words of an error of which is not known what it quotes. */
const reasonOf = (error: unknown): string =>
  error instanceof ApiProblem ? error.body.detail : error instanceof Outage ? error.code : 'a fault of the server'
