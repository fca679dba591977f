// Asks the system that runs on a command's data folder how far the data reaches that the
// tables hold of a vehicle. It goes over the control socket of the API, which has the tables;
// whoever may read the data folder may ask.
import { Outage } from '../base/errors.ts'
import { parseVehicleKey } from '../model/vehicle-id.ts'
import type { TwinStore } from '../storage/twin-store.ts'
import { controlSockets, socketCarrier } from './control-socket.ts'
import { callerOf, type ApiQuestions } from './questions.ts'

/** Vehicles of one question, well within its bound in bytes. */
const vehiclesMax = 400

/** The answers of the API on its control socket. */
export const heldData = (twins: Pick<TwinStore, 'get'>): ApiQuestions => ({
  newestAt: (keys) =>
    Promise.all(
      keys.slice(0, vehiclesMax).map(async (key) => {
        const ref = parseVehicleKey(key)
        return ref.ok ? ((await twins.get(ref.value))?.at ?? null) : null
      }),
    ),
})

/** The newest instants of vehicles by the system on the data folder. Undefined when none
 *  answers. */
export async function newestHeld(
  dataDir: string,
  keys: readonly string[],
): Promise<readonly (number | null)[] | undefined> {
  const newest: (number | null)[] = []
  for (let from = 0; from < keys.length; from += vehiclesMax) {
    const part = await askAny(dataDir, keys.slice(from, from + vehiclesMax))
    if (part === undefined) return undefined
    newest.push(...part)
  }
  return newest
}

async function askAny(dataDir: string, keys: readonly string[]): Promise<readonly (number | null)[] | undefined> {
  try {
    for (const path of controlSockets({ dataDir, role: 'api' })) {
      const newest = await callerOf.api(socketCarrier(path)).newestAt(keys).catch(ofNoAnswer)
      if (newest !== undefined) return newest
    }
  } catch {
    // Of a system that does not answer nothing is known; the command goes on without.
  }
  return undefined
}

/** A process that has ended, or is of another version and does not know the question, leaves it
 *  to the next. */
function ofNoAnswer(error: unknown): undefined {
  if (!(error instanceof Outage) || error.code === 'ROLE_UNREACHABLE') throw error
}
