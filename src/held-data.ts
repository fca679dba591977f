// What a command asks of the system that runs on its data folder: how far the data reaches that the tables hold of a vehicle. It goes over the control
// socket of the API, which has the tables; whoever may read the data folder may ask.
import { askSocket, controlSockets } from './control-socket.ts'
import { parseVehicleKey } from './model/vehicle-id.ts'
import type { TwinStore } from './storage/twin-store.ts'

/** Vehicles of one question, well within its bound in bytes. */
const vehiclesMax = 400

/** What the API answers on its control socket. `keys` are `tenant/vehicle`; of each the newest instant that is not ahead of its receipt, epoch
 *  milliseconds; null of a vehicle that was never heard. */
export const heldData = (twins: Pick<TwinStore, 'get'>) => ({
  newestAt: (keys: readonly string[]): Promise<(number | null)[]> =>
    Promise.all(
      keys.slice(0, vehiclesMax).map(async (key) => {
        const ref = parseVehicleKey(key)
        return ref.ok ? ((await twins.get(ref.value))?.at ?? null) : null
      }),
    ),
})

/** The newest instants of vehicles by the system on the data folder. Undefined when none answers. */
export async function newestHeld(dataDir: string, keys: readonly string[]): Promise<readonly (number | null)[] | undefined> {
  const newest: (number | null)[] = []
  for (let from = 0; from < keys.length; from += vehiclesMax) {
    const part = await askAny(dataDir, keys.slice(from, from + vehiclesMax))
    if (part === undefined) return undefined
    newest.push(...part)
  }
  return newest
}

async function askAny(dataDir: string, given: readonly string[]): Promise<readonly (number | null)[] | undefined> {
  try {
    for (const path of controlSockets({ dataDir, role: 'api' })) {
      const answer = await askSocket(path, { ask: 'newestAt', given })
      // One of another version may not know the question.
      if (answer !== undefined && 'value' in answer && Array.isArray(answer.value)) return answer.value as (number | null)[]
    }
  } catch {
    // Whoever does not answer knows nothing; what was to be done is done without.
  }
  return undefined
}
