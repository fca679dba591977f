// The port of the sign-ins of people: a row for each browser that is let in. A row that is gone
// lets nobody in any more. `sign-in-store.contract.ts` is its executable form.

export type SignInRow = {
  readonly id: string
  /** The id of the person. */
  readonly person: string
  /** When it began, when it was last used, to a minute, and when it ends by itself. Epoch
   *  milliseconds, by our clock. */
  readonly since: number
  readonly usedAt: number
  readonly expiresAt: number
  /** When the person last proved who he is. */
  readonly provenAt: number
  readonly address: string
  /** The browser as it names itself, in short; empty where it says nothing. */
  readonly browser: string
}

/** Safe for concurrent callers. Each write is one transaction. */
export interface SignInStore {
  /** Forgets with it what has ended by itself before `since`. */
  add(row: SignInRow): Promise<void>
  get(id: string): Promise<SignInRow | undefined>
  /** Of a person, the newest first; also what has ended by itself, until it is forgotten. */
  of(person: string): Promise<readonly SignInRow[]>
  /** Nothing where there is none of that id. */
  mark(id: string, at: { readonly usedAt: number } | { readonly provenAt: number }): Promise<void>
  /** True where there was one of that id, of that person. */
  end(person: string, id: string): Promise<boolean>
  /** All of a person, but for one. */
  endAll(person: string, but?: string): Promise<void>
}
