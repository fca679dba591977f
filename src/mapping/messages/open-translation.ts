// A mapping of messages made ready: a pure function of a sender's messages, in the order of the
// log, and of the time that passes in it. Invariant: whatever comes, it gives samples or a reason;
// it never throws, and what it remembers is bounded.
import { vssCatalogue, type Catalogue } from '../../model/catalogue.ts'
import type { Sample } from '../../model/message.ts'
import { rebirthAt, rebirthDueAt } from '../binary/sparkplug/rebirth.ts'
import type { ForeignMessage, Memory, VehicleSaid, Taken, Translation } from '../foreign.ts'
import { filterOf, patternOf, readPattern } from './address.ts'
import { openFields, type Told } from './fields.ts'
import { openMessageGathering, type Close } from './gathering.ts'
import { messageMappingLimits } from './limits.ts'
import type { MessageMapping } from './message-mapping.ts'
import { openPayload, type Payload } from './payload.ts'
import type { MappingRefusal } from './refusal.ts'
import { keyOf, rememberedIn } from './remembered.ts'
import type { PayloadReading } from './reading.ts'
import { openRoute, type OpenRoute, type RouteMatch } from './route.ts'
import { openSampling } from './sampling.ts'
import { openVehicleName } from './vehicle-name.ts'
import { openWays } from './ways.ts'

const { idChars, vehicles: vehiclesMax } = messageMappingLimits

/** Where a mapping names no sender, or the address does not tell it. */
const everyone = 'all'

/** `aside`: why a part of the message could not be taken. */
type Routed = {
  readonly route: OpenRoute
  readonly way: RouteMatch
  readonly nows: readonly unknown[][]
  readonly aside: MappingRefusal | undefined
}

const nothing: Taken = { said: [], refused: null }
const nothingKept: unknown[] = []
const noRoute: MappingRefusal = {
  reason: 'not-mapped',
  detail: 'No route takes the message: its address, its content type or its conditions.',
}

/** `names`: of what is told, all that it reads. */
export type OpenTranslation = Translation & { readonly names: readonly string[] }

/** The mapping must be one that was checked. The signals are those of the catalogue. */
export function openTranslation(mapping: MessageMapping, catalogue: Catalogue = vssCatalogue): OpenTranslation {
  const { from, constants } = mapping
  const fields = openFields()
  const sampling = openSampling(mapping, fields, catalogue)
  const gathering = from.gather === undefined ? undefined : openMessageGathering(from.gather, fields)
  const vehicleOf = openVehicleName([from.vehicle].flat(), fields, gathering !== undefined)
  const routes = from.routes.map((route) => openRoute(route, from, fields)).map((ready) => ready())
  const untold: unknown[] = fields.all.map(() => undefined)
  const topics = from.routes.filter((route) => 'topic' in route)

  const ways = openWays(routes)

  /** The first route whose conditions hold, and what the message tells by it; undefined for one
   *  that says nothing. */
  function read(payload: Payload | MappingRefusal, message: ForeignMessage): Routed | MappingRefusal | undefined {
    if ('reason' in payload) return payload
    let reading: PayloadReading | undefined
    let sameAs: string | undefined
    let faults: MappingRefusal[] | undefined
    let isRead = false
    for (const { route, way } of ways(message.address)) {
      if (route.contentType !== undefined && plainType(message.contentType) !== route.contentType) continue
      if (route.isGone(payload)) return undefined
      if (reading === undefined || sameAs !== route.sameAs) reading = route.read(payload, way, untold)
      sameAs = route.sameAs
      const { nows, fault } = reading
      if (nows.length > 0) isRead = true
      else if (fault !== undefined) (faults ??= []).push(fault)
      const held = route.holds === undefined ? nows : nows.filter(route.holds)
      if (held.length > 0) return route.isPassedOver ? undefined : { route, way, nows: held, aside: fault }
    }
    return isRead ? noRoute : refusalOf(faults ?? [])
  }

  /** `isGathered`: nothing to say is then no fault, and neither is a vehicle that is told to be
   *  none or to be another one. */
  function say(
    memory: Memory,
    told: Told,
    receivedAt: number,
    said: VehicleSaid[],
    isGathered: boolean,
  ): MappingRefusal | undefined {
    const { samples, undated } = sampling(told, receivedAt)
    const isOld = Number.isNaN(receivedAt)
    if (samples.length === 0 && undated === 0)
      return isGathered ? undefined : { reason: 'not-mapped', detail: 'No field of the message has a rule.' }
    const id = vehicleOf(told)
    if (isGathered && (id === '' || changes(told, id))) return undefined
    if (id === undefined || id === '' || id.length > idChars)
      return {
        reason: 'no-vehicle',
        detail: `${JSON.stringify(from.vehicle)} is not told, or has more than ${idChars} characters.`,
      }
    if (samples.length > 0) said.push({ foreignId: id, samples: withConstants(memory, id, samples) })
    return undated === 0 || isOld
      ? undefined
      : { reason: 'no-instant', detail: `${undated} values have no instant of 2000 to 2100 by any rule of time.` }
  }

  /** A value told while one vehicle took another's place may be of either. */
  function changes({ kept }: Told, id: string | undefined): boolean {
    const before = vehicleOf({ now: [], kept })
    return before !== undefined && before !== '' && before !== id
  }

  function withConstants(memory: Memory, id: string, samples: readonly Sample[]): readonly Sample[] {
    const [first, ...more] = samples
    if (constants === undefined || first === undefined) return samples
    const remembered = rememberedIn(memory)
    const key = keyOf(id)
    if (remembered.said !== undefined && Object.hasOwn(remembered.said, key)) return samples
    // Forgotten ones are told again, which does no harm.
    if (remembered.said === undefined || Object.keys(remembered.said).length >= vehiclesMax) remembered.said = {}
    remembered.said[key] = true
    return [{ ...first, signals: { ...constants, ...first.signals } }, ...more]
  }

  /** Runs what may close windows, and gives what they said. */
  function taken(memory: Memory, work: (close: Close) => MappingRefusal | undefined): Taken {
    const said: VehicleSaid[] = []
    let refused: MappingRefusal | null = null
    const own = work((told, receivedAt) => {
      refused ??= say(memory, told, receivedAt, said, true) ?? null
    })
    return { said, refused: own ?? refused }
  }

  const isSilent = (retained: boolean): boolean => retained && from.retained !== 'dated'

  /** Takes what one message says by itself. */
  function takeAlone(memory: Memory, message: ForeignMessage, payload: Payload | MappingRefusal): Taken {
    const { receivedAt, retained } = message
    const routed = read(payload, message)
    if (routed === undefined || isSilent(retained)) return nothing
    if ('reason' in routed) return { said: [], refused: routed }
    const said: VehicleSaid[] = []
    let refused = routed.aside
    for (const now of routed.nows) {
      const own = say(memory, { now, kept: nothingKept }, retained ? Number.NaN : receivedAt, said, false)
      refused ??= own
    }
    return { said: inOrder(said), refused: refused ?? null }
  }

  /** Takes what is complete by a message, and what of it is remembered. */
  function takeGathered(memory: Memory, message: ForeignMessage, payload: Payload | MappingRefusal): Taken {
    const { receivedAt, retained } = message
    return taken(memory, (close) => {
      gathering!.pass(memory, receivedAt, close)
      const routed = read(payload, message)
      if (routed === undefined || 'reason' in routed) return routed
      const part = routed.route.partOf(routed.way)
      let refused = routed.aside
      for (const now of routed.nows) {
        const own = isSilent(retained)
          ? gathering!.remember(memory, { part, now })
          : gathering!.add(memory, { part, now, receivedAt, isOld: retained }, close)
        refused ??= own
      }
      return refused
    })
  }

  return {
    name: mapping.name,
    names: [...new Set(fields.all.map(({ name }) => name))],
    filters: [...new Set(topics.map((route) => filterOf(readPattern(patternOf(route)) ?? [])))],
    senderOf(address) {
      for (const { route, way } of ways(address)) {
        const sender = (route.senderOf(way) ?? everyone).replaceAll('%', '%25').replaceAll('/', '%2F')
        if (sender !== '' && sender.length <= idChars) return sender
      }
      return undefined
    },
    take(memory, message) {
      const payload = openPayload(message, memory)
      const told =
        gathering === undefined ? takeAlone(memory, message, payload) : takeGathered(memory, message, payload)
      return 'reason' in payload || payload.rebirth === undefined ? told : { ...told, rebirth: payload.rebirth }
    },
    signals: Object.keys(mapping.signals),
    unread: () => fields.unread.all(),
    dueAt: (memory) =>
      Math.min(
        gathering?.dueAt(memory) ?? Number.POSITIVE_INFINITY,
        rebirthDueAt(rememberedIn(memory).sparkplug ?? {}),
      ),
    pass(memory, at) {
      const told = taken(memory, (close) => {
        gathering?.pass(memory, at, close)
        return undefined
      })
      const rebirth = rebirthAt(rememberedIn(memory).sparkplug ?? {}, at)
      return rebirth === undefined ? told : { ...told, rebirth }
    },
  }
}

/** A payload that is none of the forms it might have. */
function refusalOf(faults: readonly MappingRefusal[]): MappingRefusal {
  const last = faults.at(-1)
  return last === undefined
    ? noRoute
    : { reason: last.reason, detail: [...new Set(faults.map(({ detail }) => detail))].join(' ') }
}

/** The samples of a vehicle in one message, in the order in which it was measured. */
function inOrder(said: readonly VehicleSaid[]): readonly VehicleSaid[] {
  if (said.length < 2) return said
  return [...Map.groupBy(said, ({ foreignId }) => foreignId)].map(([foreignId, of]) => ({
    foreignId,
    samples: of.flatMap(({ samples }) => samples).toSorted((one, other) => one.at - other.at),
  }))
}

const plainType = (contentType: string | undefined): string | undefined =>
  contentType?.split(';', 1)[0]?.trim().toLowerCase()
