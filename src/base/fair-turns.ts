// Work that is done one piece at a time, by turns of those it is for: each has the next turn once
// all others have had one, however much of it waits. Those who are preferred have theirs before the
// others. Bounded for each and for all of either kind: where there is no room, who has the most
// there loses his last, so that nobody is kept out by somebody who asks for much.
export type Asker = { readonly name: string; readonly isPreferred: boolean }

export type FairTurns = {
  /** Does the work in its turn, and gives what it gives; undefined when it was not done, as too
   *  much waits. */
  take<Result>(asker: Asker, work: () => Promise<Result>): Promise<Result | undefined>
}

/** Pieces that wait at most, of one asker and of all preferred, or all other, ones. */
export type TurnLimits = { readonly ofOne: number; readonly ofAll: number }

type Piece = { readonly run: () => Promise<void>; readonly drop: () => void }

/** Pieces of one kind, those of an asker in a row; the asker whose turn is next comes first. */
class Waiting {
  readonly #limits: TurnLimits
  readonly #byName = new Map<string, Piece[]>()
  #count = 0

  constructor(limits: TurnLimits) {
    this.#limits = limits
  }

  /** Where there is no room the last of whoever has the most is dropped, or this one. */
  add(name: string, piece: Piece): void {
    const own = this.#byName.get(name) ?? []
    if (own.length >= this.#limits.ofOne || !this.#makeRoom(own.length)) {
      piece.drop()
      return
    }
    this.#byName.set(name, own)
    own.push(piece)
    this.#count++
  }

  next(): Piece | undefined {
    for (const [name, pieces] of this.#byName) {
      this.#byName.delete(name)
      if (pieces.length > 1) this.#byName.set(name, pieces)
      this.#count--
      return pieces.shift()
    }
    return undefined
  }

  /** For somebody of whom so many wait. */
  #makeRoom(own: number): boolean {
    if (this.#count < this.#limits.ofAll) return true
    let most: Piece[] = []
    for (const pieces of this.#byName.values()) if (pieces.length > most.length) most = pieces
    if (most.length <= own + 1) return false
    most.pop()!.drop()
    this.#count--
    return true
  }
}

export function createFairTurns(limits: TurnLimits): FairTurns {
  const preferred = new Waiting(limits)
  const others = new Waiting(limits)
  let isWorking = false

  const goOn = async (): Promise<void> => {
    isWorking = true
    for (let piece; (piece = preferred.next() ?? others.next()) !== undefined;) await piece.run()
    isWorking = false
  }

  return {
    take: <Result>({ name, isPreferred }: Asker, work: () => Promise<Result>) =>
      new Promise<Result | undefined>((resolve, reject) => {
        const run = async (): Promise<void> => {
          try {
            resolve(await work())
          } catch (error) {
            reject(error)
          }
        }
        const waiting = isPreferred ? preferred : others
        waiting.add(name, { run, drop: () => resolve(undefined) })
        if (!isWorking) void goOn()
      }),
  }
}
