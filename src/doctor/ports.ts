// The addresses of `start`: free, or held by the system that runs on the data folder.
import { findingsOf, type Examination, type Finding } from '../base/finding.ts'
import type { Config } from '../config/config.ts'
import { addressText } from '../config/setting.ts'
import { addressFaults, wantedAddresses, type WantedAddress } from '../roles/wanted-addresses.ts'
import { listensOn, type RunningSystem } from './running-system.ts'

const { ok, problem, unknown } = findingsOf('ports')

export const portsExamination = (config: Config, system: RunningSystem): Examination => ({
  name: 'ports',
  async look() {
    const wanted = wantedAddresses(config, 'start')
    const own = wanted.filter(({ port }) => port !== 0 && listensOn(port, system.pids) === true)
    const others = wanted.filter((address) => !own.includes(address))
    const fault = await addressFaults(others, 'npm run roadstream -- start')
    return [
      ...(own.length === 0 ? [] : [ok(`${listOf(own)}: held by the system that runs on the data folder`)]),
      ...(fault === undefined ? freeOf(others) : [taken(fault, others, system)]),
    ]
  },
})

const freeOf = (addresses: readonly WantedAddress[]): readonly Finding[] =>
  addresses.length === 0 ? [] : [ok(`${listOf(addresses)}: free`)]

/** Where the system does not tell who listens, a system that runs may be who does. */
function taken(fault: string, addresses: readonly WantedAddress[], { pids, isRunning }: RunningSystem): Finding {
  const isKnown = addresses.every(({ port }) => listensOn(port, pids) !== undefined)
  return isRunning && !isKnown
    ? unknown(
        `${fault}\nA Roadstream runs on the data folder, and this system does not tell whether it is who listens there`,
      )
    : problem(fault)
}

const listOf = (addresses: readonly WantedAddress[]): string =>
  addresses.map((address) => `${address.setting} ${addressText(address)}`).join(', ')
