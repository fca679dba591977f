// The cost of translating a publisher's message: from its bytes to the bytes of our message, beside
// JSON.parse and JSON.stringify of the same payload, by turns in one run.
import { openTranslation } from '../src/mapping/messages/open-translation.ts'
import { encodeMessage } from '../src/model/message-codec.ts'
import { findMessageMapping } from '../src/replay/mapping-catalogue.ts'

export const title =
  'translating messages of other publishers, beside JSON.parse and JSON.stringify of the same payload'

/** Of a turn: short enough that other work on the machine hits both alike. */
const messages = 1000
const turns = 400
const roundsUsually = 5
const receivedAt = 1_772_600_770_000

/** About 300 bytes and ten values each. */
const payloads = {
  owntracks: {
    address: 'owntracks/fleet/car7',
    of: (n: number): object => ({
      _type: 'location',
      created_at: 1_772_600_769 + n,
      _id: '5f0c7a1e',
      source: 'gps',
      batt: 71,
      bs: 1,
      acc: 12,
      vac: 3,
      lat: -34.9055 + n * 1e-6,
      lon: -56.1913 + n * 1e-6,
      alt: 43,
      vel: 63 + (n % 40),
      cog: n % 360,
      tst: 1_772_600_767 + n,
      odometer: 187_654.3 + n / 100,
      flvl: 62,
      rpm: 2100 + (n % 500),
      m: 2,
      conn: 'm',
      t: 'u',
      tid: 'r7',
      topic: 'owntracks/fleet/car7',
    }),
  },
  wican: {
    address: 'wican/a1b2c3d4e5f6/can/rx',
    of: (n: number): object => ({
      SPEED: 63 + (n % 40),
      SOC: 71.5,
      SOC_D: 72.5,
      SOH: 98.2,
      ODOMETER: 187_654 + n,
      RANGE: 301,
      HV_T_A: 21.5,
      HV_C_V_MAX: 4.05,
      HV_C_V_MIN: 4.03,
      HV_A: -12.4,
      HV_V: 389.2,
      HV_T_MAX: 23,
      HV_T_MIN: 20,
      CHARGING: 'off',
      LV_V: 13.85 + (n % 10) / 100,
      TMP_A: 18.5,
      BATT_CAPACITY: 64.2,
      KWH_CHARGED: 12_345.6,
      GEAR: 4,
    }),
  },
} as const

const nanoseconds = (work: () => void): number => {
  const startedAt = process.hrtime.bigint()
  work()
  return Number(process.hrtime.bigint() - startedAt)
}

const median = (figures: readonly number[]): number =>
  figures.toSorted((one, other) => one - other)[Math.floor(figures.length / 2)] ?? Number.NaN

function measure(name: keyof typeof payloads, rounds: number): void {
  const { address, of } = payloads[name]
  const mapping = findMessageMapping(name)
  if (!mapping.ok) throw new Error(mapping.detail)
  const translation = openTranslation(mapping.value)
  const texts = Array.from({ length: 1000 }, (_, n) => JSON.stringify(of(n)))
  const bytes = texts.map((text) => new TextEncoder().encode(text))
  const sample = translation.take({}, { address, payload: bytes[0]!, retained: false, receivedAt }).said[0]?.samples[0]
  let size = 0
  const json = (): void => {
    for (let n = 0; n < messages; n++) size += JSON.stringify(JSON.parse(texts[n % texts.length]!)).length
  }
  const memory = {}
  const ours = (): void => {
    for (let n = 0; n < messages; n++) {
      const { said } = translation.take(memory, {
        address,
        payload: bytes[n % bytes.length]!,
        retained: false,
        receivedAt: receivedAt + n,
      })
      for (const { samples } of said) size += encodeMessage({ boot: '00112233445566aa', seq: n, samples }).byteLength
    }
  }
  for (let round = 1; round <= rounds; round++) {
    const figures = Array.from({ length: turns }, () => ({
      json: nanoseconds(json) / messages,
      ours: nanoseconds(ours) / messages,
    }))
    const [jsonNs, oursNs] = [median(figures.map((turn) => turn.json)), median(figures.map((turn) => turn.ours))]
    process.stdout.write(
      `  ${name}, ${texts[0]!.length} bytes, ${Object.keys(sample?.signals ?? {}).length} values: ours ${(oursNs / 1000).toFixed(2)} µs, JSON.parse + JSON.stringify ${(jsonNs / 1000).toFixed(2)} µs, ${(oursNs / jsonNs).toFixed(2)} times\n`,
    )
  }
  if (size === 0) throw new Error('nothing was translated')
}

export async function run({ rounds = roundsUsually }: { readonly rounds?: number } = {}): Promise<void> {
  for (const name of Object.keys(payloads) as (keyof typeof payloads)[]) measure(name, rounds)
}
