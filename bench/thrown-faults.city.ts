// One city of the thrown-faults bench, in a thread of its own: takes its seed and how long its cars
// live, and posts its score.
import assert from 'node:assert/strict'
import { parentPort, workerData } from 'node:worker_threads'
import { loadCity } from '../src/city/city.ts'
import { scoreWithFaults } from '../test/support/score-with-faults.ts'
import type { SimulationToScore } from '../test/support/score-simulation.ts'
import type { FaultRates } from '../test/support/throw-faults.ts'

assert(parentPort !== null)
const options = workerData as SimulationToScore & { readonly rates: FaultRates }
parentPort.postMessage(scoreWithFaults(await loadCity(), options))
