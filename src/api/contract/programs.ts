// Programs and their tokens, as the API tells of them.
import type { Grant } from '../../rights/grant.ts'

/** GET /programs?limit&after → Listing<ProgramInfo>, by name. GET /programs/{program} →
 *  ProgramInfo. POST /programs ProgramRequest → 201 ProgramInfo. DELETE /programs/{program} → 204:
 *  its tokens end with it. */
export type ProgramInfo = {
  readonly id: string
  readonly name: string
  readonly grants: readonly Grant[]
  /** Whether it may manage people, programs and tenants as far as its roles allow it; without it,
   *  it may not, whatever they allow. */
  readonly managesPeople: boolean
  readonly madeAt: number
  readonly madeBy: string
  /** The newest first. */
  readonly tokens: readonly ProgramTokenInfo[]
}
export type ProgramRequest = {
  readonly name: string
  readonly grants: readonly Grant[]
  readonly managesPeople?: boolean
}

/** POST /programs/{program}/tokens TokenRequest → 201 MadeToken, which alone has the secret. DELETE
 *  /programs/{program}/tokens/{token} → 204. */
export type ProgramTokenInfo = {
  readonly id: string
  readonly name: string
  readonly madeAt: number
  readonly madeBy: string
  readonly expiresAt: number
  /** To a minute; null where it never was. */
  readonly usedAt: number | null
}
export type TokenRequest = { readonly name: string; readonly expiresAt?: number }
export type MadeToken = ProgramTokenInfo & { readonly secret: string }
