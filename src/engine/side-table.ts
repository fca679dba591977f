// Side inputs: facts that hold from an instant on (fences, tariffs, who drives what), which jobs
// look up by event time. A fact is a record of a compacted topic: its key is
// `<fact id>@<validFrom>`, its value `{ validFrom, fact }`, with `fact: null` where it holds no
// longer. All facts of all times are in memory, once a partition; a large one is a file, named in
// the log by its hash: `fact: { file: <sha256> }`.
//
//   fence-7@1000 { fact: A }   fence-7@5000 { fact: B }   fence-7@9000 { fact: null }
//   ────────────┼───── A ──────────────┼───── B ────────────────┼─── nothing ───►  event time

/** A topic of facts, and how one is read. Facts that do not parse are passed over. */
export type Side<Fact> = {
  readonly topic: string
  /** The fact, or undefined when the value is none. */
  parse(value: unknown): Fact | undefined
  /** The fact of the bytes of a file; absent where facts are never files. */
  parseFile?(bytes: Uint8Array): Fact | undefined
}

/** The facts that held at an event time. */
export type SideView<Fact> = {
  /** The fact of that id; undefined when none held. */
  get(id: string, at: number): Fact | undefined
  /** All facts that held, by id, in order of their ids. */
  all(at: number): readonly (readonly [id: string, fact: Fact])[]
}

export const side = <Fact>(
  topic: string,
  parse: (value: unknown) => Fact | undefined,
  parseFile?: (bytes: Uint8Array) => Fact | undefined,
): Side<Fact> => ({ topic, parse, ...(parseFile && { parseFile }) })

/** The facts of all side inputs; the runner feeds it, all tasks of a partition share it. */
export type SideTables = {
  /** The topics to be read from their start to their end before the first record, and followed from
   *  then on. */
  readonly topics: readonly string[]
  /** Takes in a record of one of the topics; `value` is its text, null for a tombstone. False when
   *  it is no fact. */
  feed(topic: string, key: string, value: string | null): boolean
  view<Fact>(of: Side<Fact>): SideView<Fact>
}

/** Facts of one id by the instant they hold from, ascending. */
type Validity = { readonly from: number; readonly fact: unknown }[]

/** `openFile` gives the bytes of the file with that SHA-256 (64 hexadecimal digits); it throws when
 *  there is none. */
export function createSideTables(
  sides: readonly Side<unknown>[],
  openFile: (sha256: string) => Uint8Array,
): SideTables {
  const topics = [...new Set(sides.map(({ topic }) => topic))]
  const tables = new Map(sides.map((of) => [of, new Map<string, Validity>()]))

  const factOf = (of: Side<unknown>, fact: unknown): unknown => {
    const file = fileOf(fact)
    if (file === undefined) return of.parse(fact)
    return of.parseFile?.(openFile(file))
  }

  return {
    topics,
    feed(topic, key, value) {
      const at = key.lastIndexOf('@')
      const from = Number(key.slice(at + 1))
      if (at < 1 || !Number.isFinite(from)) return false
      const id = key.slice(0, at)
      const given = value === null ? undefined : readFact(value)
      if (value !== null && given?.validFrom !== from) return false
      let taken = true
      for (const [of, table] of tables) {
        if (of.topic !== topic) continue
        const fact = given === undefined || given.fact === null ? null : factOf(of, given.fact)
        if (fact === undefined) taken = false
        else setFact(table, id, from, given === undefined ? undefined : fact)
      }
      return taken
    },
    view<Fact>(of: Side<Fact>): SideView<Fact> {
      const table = tables.get(of)
      if (table === undefined) throw new Error(`The side input ${of.topic} was not declared when the tables were made.`)
      return {
        get: (id, at) => factAt(table.get(id), at) as Fact | undefined,
        all: (at) =>
          [...table]
            .flatMap(([id, validity]) => {
              const fact = factAt(validity, at)
              return fact === undefined ? [] : [[id, fact as Fact] as const]
            })
            .sort(([a], [b]) => (a < b ? -1 : 1)),
      }
    },
  }
}

/** `fact: undefined` removes the entry, as a tombstone does. */
function setFact(table: Map<string, Validity>, id: string, from: number, fact: unknown): void {
  const others = (table.get(id) ?? []).filter((entry) => entry.from !== from)
  if (fact !== undefined) others.push({ from, fact })
  if (others.length === 0) table.delete(id)
  else
    table.set(
      id,
      others.sort((a, b) => a.from - b.from),
    )
}

function factAt(validity: Validity | undefined, at: number): unknown {
  const entry = validity?.findLast(({ from }) => from <= at)
  return entry === undefined || entry.fact === null ? undefined : entry.fact
}

function readFact(value: string): { readonly validFrom: number; readonly fact: unknown } | undefined {
  let json: unknown
  try {
    json = JSON.parse(value)
  } catch {
    return undefined
  }
  if (typeof json !== 'object' || json === null || !('validFrom' in json) || !('fact' in json)) return undefined
  return typeof json.validFrom === 'number' ? { validFrom: json.validFrom, fact: json.fact } : undefined
}

function fileOf(fact: unknown): string | undefined {
  if (typeof fact !== 'object' || fact === null || !('file' in fact) || Object.keys(fact).length !== 1) return undefined
  return typeof fact.file === 'string' && /^[0-9a-f]{64}$/.test(fact.file) ? fact.file : undefined
}
