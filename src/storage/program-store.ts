// The port of programs, which come in by tokens. It keeps hashes of tokens and never a token; what
// a token is, the API knows. `program-store.contract.ts` is its executable form.
import type { Grant } from '../rights/grant.ts'
import type { Page, PageRequest } from './page.ts'

export type Program = {
  readonly id: string
  readonly tenant: string
  /** For people to tell it by; no other program of the tenant has it. */
  readonly name: string
  readonly grants: readonly Grant[]
  /** Whether its grants count as well where they are over people, programs or tenants. */
  readonly managesPeople: boolean
  readonly madeAt: number
  /** Name of whoever made it. */
  readonly madeBy: string
}

export type ProgramToken = {
  readonly id: string
  /** Id of the program it lets in. */
  readonly program: string
  readonly name: string
  readonly hash: string
  readonly madeAt: number
  readonly madeBy: string
  readonly expiresAt: number
  /** By our clock, to a minute; null where it never was. */
  readonly usedAt: number | null
}

/** A program with its tokens, the newest first. */
export type ProgramWithTokens = Program & { readonly tokens: readonly ProgramToken[] }

/** Safe for concurrent callers. Each write is one transaction. */
export interface ProgramStore {
  /** By name. */
  list(tenant: string, page: PageRequest): Promise<Page<ProgramWithTokens>>
  get(tenant: string, id: string): Promise<ProgramWithTokens | undefined>
  /** Rejects with Outage PROGRAM_EXISTS (not retryable) when the name or the id is taken. */
  add(program: Program): Promise<void>
  /** Takes its tokens along; false where there is no such program. */
  remove(tenant: string, id: string): Promise<boolean>
  /** Rejects with Outage PROGRAM_UNKNOWN (not retryable) when there is no such program. */
  addToken(token: ProgramToken): Promise<void>
  /** False where there is no such token of the program. */
  removeToken(program: string, id: string): Promise<boolean>
  /** The token of that hash with its program. */
  findToken(hash: string): Promise<{ readonly program: Program; readonly token: ProgramToken } | undefined>
  /** Notes a use; an earlier one than is known, or one of a token that is gone, is no fault. */
  noteUse(token: string, at: number): Promise<void>
}
