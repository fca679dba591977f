// Sign-ins and people of the made-up API.
import type { PersonInfo, SignInInfo, SignInList } from '../../src/api/contract.ts'
import { wholeGrant } from '../../src/rights/grant.ts'

export function createMockAccount(startedAt: number) {
  const signIn = (id: string, browser: string, address: string, hours: number): SignInInfo => ({
    id,
    isThis: id === 'here',
    browser,
    address,
    since: startedAt - hours * 3_600_000,
    usedAt: startedAt - hours * 60_000,
    expiresAt: startedAt + 12 * 3_600_000,
  })
  let signIns = [
    signIn('here', 'Firefox on Linux', '192.0.2.14', 0.2),
    signIn('phone', 'Chrome on Android', '198.51.100.7', 3),
    signIn('other', '', '2001:db8::5', 9),
  ]
  const person = (name: string, grants: PersonInfo['grants'], more: Partial<PersonInfo> = {}): PersonInfo => ({
    id: name,
    name,
    grants,
    hasPassword: true,
    isElsewhere: false,
    disabledAt: null,
    ...more,
  })
  const people = [
    person('admin', [wholeGrant('administrator')]),
    person('bo', [wholeGrant('viewer'), { role: 'dispatcher', scope: { of: 'group', group: 'depot-north' } }]),
    person('cy', [wholeGrant('driver')], { disabledAt: startedAt - 3_600_000 }),
  ]
  return {
    people,
    list: (): SignInList => ({ rows: signIns }),
    /** All others where no `id` is given. */
    end(id: string | undefined): boolean {
      const left = signIns.filter((each) => (id === undefined ? each.isThis : each.id !== id))
      const isDone = id === undefined || left.length < signIns.length
      signIns = left
      return isDone
    },
  }
}
