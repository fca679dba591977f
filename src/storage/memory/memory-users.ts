import { Outage } from '../../base/errors.ts'
import { foldCase } from '../../base/fold-case.ts'
import type { User, UserStore } from '../user-store.ts'

export function openMemoryUsers(guard: () => void): UserStore {
  const users = new Map<string, User>()
  const named = (name: string): User | undefined =>
    [...users.values()].find((user) => foldCase(user.name) === foldCase(name))
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
    async add(user) {
      guard()
      if (users.has(user.id) || named(user.name) !== undefined)
        throw new Outage('USER_EXISTS', 'There is a user of that name already: choose another.', { retryable: false })
      users.set(user.id, structuredClone(user))
    },
    async setPassword(id, passwordHash) {
      guard()
      const user = users.get(id)
      if (user === undefined) throw new Outage('USER_UNKNOWN', 'There is no such user.', { retryable: false })
      users.set(id, { ...user, passwordHash })
    },
  }
}
