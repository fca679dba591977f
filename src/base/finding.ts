// The words in which a part of the system tells what it found when it was looked at (`doctor`). An
// examination stands beside the adapter it is of, and changes nothing that lasts.

/** `unknown`: it could not be looked at, which is neither well nor ill. */
export type FindingState = 'ok' | 'warning' | 'problem' | 'unknown'

export type Finding = {
  /** The thing that was looked at. */
  readonly name: string
  readonly state: FindingState
  /** For a person, without a secret; lines after the first belong to it. */
  readonly says: string
  /** The way to mend it; absent where nothing is to be done. */
  readonly remedy?: string
}

export type Examination = {
  readonly name: string
  /** Rejects with an Outage where that is all there is to say: its words are those of a problem. */
  look(): Promise<readonly Finding[]>
}

/** The four answers about one thing. */
export const findingsOf = (name: string) => ({
  ok: (says: string): Finding => ({ name, state: 'ok', says }),
  warning: (says: string, remedy: string): Finding => ({ name, state: 'warning', says, remedy }),
  problem: (says: string, remedy?: string): Finding => ({
    name,
    state: 'problem',
    says,
    ...(remedy === undefined ? {} : { remedy }),
  }),
  unknown: (says: string, remedy?: string): Finding => ({
    name,
    state: 'unknown',
    says,
    ...(remedy === undefined ? {} : { remedy }),
  }),
})

/** A size as people read it: 12.3 GB. */
export function sizeText(bytes: number): string {
  const [unit, name] = bytes >= 1e9 ? [1e9, 'GB'] : bytes >= 1e6 ? [1e6, 'MB'] : [1e3, 'kB']
  return `${(bytes / unit).toFixed(bytes / unit >= 100 ? 0 : 1)} ${name}`
}

/** A number of things in words: 1 file, 3 files. */
export const countText = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`
