// Groups, assignments, roles and tariffs of all tenants in memory, so that rights are answered
// without asking a store. Invariant: it is the store's as of `version`; a write goes by the version
// that was planned with, so that a plan which no longer holds is made anew. Writes of other
// processes are seen within a second or two.
import { Outage } from '../base/errors.ts'
import type { Logger } from '../base/logger.ts'
import { onceAnOutage } from '../base/once-an-outage.ts'
import type { Tariff, VehicleAssignment, VehicleGroup } from '../model/registry.ts'
import type { CustomRole } from '../rights/permissions.ts'
import type { Organisation } from '../rights/sight.ts'
import type { RegistryChanges, RegistryStore } from '../storage/registry-store.ts'
import { createKnownOrganisation } from './known-organisation.ts'

const lookEveryMs = 1000
/** Of one write: each time somebody else's came between. */
const triesMax = 30

export type StoredOrganisation = Organisation &
  AsyncDisposable & {
    groups(tenant: string): readonly VehicleGroup[]
    assignments(tenant: string): readonly VehicleAssignment[]
    /** Whether a vehicle is in the group itself. */
    hasMembers(tenant: string, group: string): boolean
    roles(tenant: string): readonly CustomRole[]
    /** Of one id in order of `validFrom`. */
    tariffs(tenant: string): readonly Tariff[]
    /** Stores what `plan` makes of all that is known, which it may throw to refuse, and which is
     *  asked again when somebody else wrote meanwhile; undefined: there is nothing to store. Known
     *  here when it resolves, with the version that has it. Writes are one after the other. Rejects
     *  with Outage REGISTRY_BUSY (retryable) when others came between every time, and with the
     *  store's. */
    change(plan: () => RegistryChanges | undefined | Promise<RegistryChanges | undefined>): Promise<number>
    /** Catches up with other processes, now. */
    refresh(): Promise<void>
  }

export type OrganisationOptions = {
  readonly store: RegistryStore
  readonly logger: Logger
  /** Calls it again and again until what it gives is called. */
  readonly every?: (look: () => void, ms: number) => () => void
}

const onTimer = (look: () => void, ms: number): (() => void) => {
  const timer = setInterval(look, ms)
  timer.unref()
  return () => clearInterval(timer)
}

/** Rejects with the Outage of the store. */
export async function openOrganisation({
  store,
  logger,
  every = onTimer,
}: OrganisationOptions): Promise<StoredOrganisation> {
  const known = createKnownOrganisation()
  let tail: Promise<unknown> = Promise.resolve()
  /** One after the other, whatever became of those before. */
  const inTurn = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const done = tail.then(work)
    tail = done.catch(() => {})
    return done
  }
  const catchUp = async (): Promise<void> => {
    const { changed, removed } = await store.version()
    if (changed === known.version) return
    // A store that was restored to an earlier state is read as a whole, as one that lost a row.
    const isWhole = known.version === 0 || removed > known.version || changed < known.version
    known.take(await store.organisation(isWhole ? undefined : known.version), changed, isWhole)
  }
  await catchUp()

  const missed = onceAnOutage(({ code }) =>
    logger.warn({ code }, 'groups and assignments that others change are not seen while the tables cannot be asked'),
  )
  let isLooking = false
  const look = async (): Promise<void> => {
    if (isLooking) return
    isLooking = true
    try {
      await inTurn(catchUp)
    } catch (error) {
      if (!(error instanceof Outage)) throw error
      if (error.code !== 'STORE_CLOSED') missed(error)
    } finally {
      isLooking = false
    }
  }
  const stop = every(() => void look(), lookEveryMs)

  return {
    get version() {
      return known.version
    },
    get customRoles() {
      return known.customRoles
    },
    groupsWithin: known.groupsWithin,
    groupsOf: known.groupsOf,
    vehiclesIn: known.vehiclesIn,
    assignedTo: known.assignedTo,
    groups: known.groups,
    assignments: known.assignments,
    hasMembers: known.hasMembers,
    roles: (tenant) => known.customRoles.filter((role) => role.tenant === tenant),
    tariffs: known.tariffs,
    refresh: () => inTurn(catchUp),
    change: (plan) =>
      inTurn(async () => {
        for (let tries = 0; tries < triesMax; tries++) {
          const changes = await plan()
          if (changes === undefined) return known.version
          const made = await store.write(changes, known.version)
          if (made !== undefined) {
            known.apply(changes, made)
            return made
          }
          await catchUp()
        }
        throw new Outage('REGISTRY_BUSY', 'Others change vehicles and groups all the time: try again in a moment.', {
          retryable: true,
        })
      }),
    async [Symbol.asyncDispose]() {
      stop()
      await tail
    },
  }
}
