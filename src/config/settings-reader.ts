// Reads settings for the parts of Config: each by its name, all faults together, so that an
// operator mends them in one go.
import assert from 'node:assert/strict'
import type { Setting } from './setting.ts'

type Values<Settings> = { readonly [Key in keyof Settings]: Settings[Key] extends Setting<infer Value> ? Value : never }

export type SettingsReader = {
  /** Faults, each a line with its setting and the remedy. Any of them refuses the whole. */
  readonly problems: string[]
  /** Likely slips that are no reason not to start, each a line for the log. */
  readonly warnings: string[]
  /** The value; of a setting that is wrong its default, with the fault added to `problems`. */
  take<Value>(setting: Setting<Value>): Value
  /** The values by the keys of their settings. */
  takeAll<Settings extends Readonly<Record<string, Setting<unknown>>>>(settings: Settings): Values<Settings>
  /** Whether it is given and wrong: settings that go with it are then not at fault. */
  isWrong(setting: Setting<unknown>): boolean
  /** Whether an optional setting is given, right or wrong. */
  isSet(setting: Setting<unknown>): boolean
}

/** `given`: the text of a setting by its name; undefined where its default holds. */
export function createSettingsReader(given: (name: string) => string | undefined, problems: string[]): SettingsReader {
  const wrong = new Set<string>()
  const take = <Value>(setting: Setting<Value>): Value => {
    const { name, fallback, isSecret } = setting
    const text = given(name) ?? fallback
    const parsed = setting.parse(text)
    if (parsed.ok) return parsed.value
    if (!wrong.has(name))
      problems.push(isSecret ? `${name}: ${parsed.detail}` : `${name} is "${text}": ${parsed.detail}`)
    wrong.add(name)
    const usual = setting.parse(fallback)
    assert(usual.ok, `the default of ${name} is right`)
    return usual.value
  }
  const isWrong = (setting: Setting<unknown>): boolean => {
    take(setting)
    return wrong.has(setting.name)
  }
  return {
    problems,
    warnings: [],
    take,
    takeAll: <Settings extends Readonly<Record<string, Setting<unknown>>>>(settings: Settings) =>
      Object.fromEntries(Object.entries(settings).map(([key, setting]) => [key, take(setting)])) as Values<Settings>,
    isWrong,
    isSet: (setting) => isWrong(setting) || take(setting) !== undefined,
  }
}
