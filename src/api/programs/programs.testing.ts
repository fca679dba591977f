// Programs with tokens, made by the API, for tests.
import assert from 'node:assert/strict'
import type { Grant } from '../../rights/grant.ts'
import { wholeGrant } from '../../rights/grant.ts'
import type { Fixture } from '../api.testing.ts'
import type { MadeToken, ProgramInfo } from '../contract.ts'

export type TestProgram = { readonly program: ProgramInfo; readonly token: MadeToken }

/** Signed in as `cookie`. */
export async function makeTestProgram(
  fixture: Pick<Fixture, 'send'>,
  cookie: string,
  grants: readonly Grant[] = [wholeGrant('viewer')],
  more: { readonly name?: string; readonly managesPeople?: boolean; readonly expiresAt?: number } = {},
): Promise<TestProgram> {
  const { name = 'reports', managesPeople = false, ...token } = more
  const made = await fixture.send('POST', '/api/v1/programs', { name, grants, managesPeople }, { cookie })
  assert.equal(made.statusCode, 201, made.body)
  const program = made.json<ProgramInfo>()
  const url = `/api/v1/programs/${program.id}/tokens`
  const given = await fixture.send('POST', url, { name: 'first', ...token }, { cookie })
  assert.equal(given.statusCode, 201, given.body)
  return { program, token: given.json<MadeToken>() }
}

export const bearer = (token: string): { readonly authorization: string } => ({ authorization: `Bearer ${token}` })
