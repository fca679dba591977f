// The settings of the simulated cars of `start --demo`.
import { whole } from './setting.ts'

export const demoCarsMax = 20_000

export const demoSettings = {
  cars: whole('ROADSTREAM_DEMO_CARS', '300', 'simulated cars of `start --demo`', 1, demoCarsMax),
  seed: whole('ROADSTREAM_DEMO_SEED', '1', 'seed of the simulated cars', 0, 2 ** 31 - 1),
}
