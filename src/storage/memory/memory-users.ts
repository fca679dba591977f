import { Outage } from '../../base/errors.ts'
import { foldCase } from '../../base/fold-case.ts'
import type { User, UserIdentity, UserStore } from '../user-store.ts'

export function openMemoryUsers(guard: () => void): UserStore {
  const users = new Map<string, User>()
  const find = (isWanted: (user: User) => boolean): User | undefined => [...users.values()].find(isWanted)
  const named = (name: string): User | undefined => find((user) => foldCase(user.name) === foldCase(name))
  const known = ({ issuer, subject }: UserIdentity): User | undefined =>
    find(({ identity }) => identity?.issuer === issuer && identity.subject === subject)
  const change = (id: string, change: Partial<User>): void => {
    const user = users.get(id)
    if (user === undefined) throw new Outage('USER_UNKNOWN', 'There is no such user.', { retryable: false })
    users.set(id, structuredClone({ ...user, ...change }))
  }
  return {
    async count() {
      guard()
      return users.size
    },
    async list() {
      guard()
      return structuredClone([...users.values()].toSorted((a, b) => (foldCase(a.name) < foldCase(b.name) ? -1 : 1)))
    },
    async findByName(name) {
      guard()
      return structuredClone(named(name))
    },
    async findByIdentity(identity) {
      guard()
      return structuredClone(known(identity))
    },
    async add(user) {
      guard()
      const isTaken = user.identity !== null && known(user.identity) !== undefined
      if (users.has(user.id) || named(user.name) !== undefined || isTaken)
        throw new Outage('USER_EXISTS', 'There is a user of that name already: choose another.', { retryable: false })
      users.set(user.id, structuredClone(user))
    },
    async setPassword(id, passwordHash) {
      guard()
      change(id, { passwordHash })
    },
    async setGrants(id, grants) {
      guard()
      change(id, { grants })
    },
  }
}
