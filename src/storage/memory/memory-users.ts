import { Outage } from '../../base/errors.ts'
import { foldCase } from '../../base/fold-case.ts'
import { isAdministrator, lastAdministrator, type User, type UserIdentity, type UserStore } from '../user-store.ts'
import { pageInMemory, type Order } from './memory-page.ts'

const byName: Order<User> = {
  list: 'people',
  shape: ['s', 's'],
  descending: false,
  keyOf: ({ name, id }) => [foldCase(name), id],
}

export function openMemoryUsers(guard: () => void): UserStore {
  const users = new Map<string, User>()
  const find = (isWanted: (user: User) => boolean): User | undefined => [...users.values()].find(isWanted)
  const named = (name: string): User | undefined => find((user) => foldCase(user.name) === foldCase(name))
  const known = ({ issuer, subject }: UserIdentity): User | undefined =>
    find(({ identity }) => identity?.issuer === issuer && identity.subject === subject)
  const existing = (id: string): User => {
    const user = users.get(id)
    if (user === undefined) throw new Outage('USER_UNKNOWN', 'There is no such user.', { retryable: false })
    return user
  }
  const change = (id: string, change: Partial<User>): void => {
    users.set(id, structuredClone({ ...existing(id), ...change }))
  }
  const put = (user: User): void => {
    const isLast = !find(
      ({ id, tenant, ...other }) => tenant === user.tenant && id !== user.id && isAdministrator(other),
    )
    if (isAdministrator(existing(user.id)) && !isAdministrator(user) && isLast) throw lastAdministrator()
    users.set(user.id, structuredClone(user))
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
    async page(tenant, page) {
      guard()
      return pageInMemory(
        [...users.values()].filter((user) => user.tenant === tenant),
        byName,
        page,
      )
    },
    async findById(id) {
      guard()
      return structuredClone(users.get(id))
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
    async change(id, { grants, disabledAt }) {
      guard()
      const { disabledAt: before, ...user } = existing(id)
      const since = disabledAt === undefined ? before : (disabledAt ?? undefined)
      put({ ...user, ...(grants && { grants }), ...(since === undefined ? {} : { disabledAt: since }) })
    },
    async remove(id) {
      guard()
      put({ ...existing(id), grants: [] })
      users.delete(id)
    },
  }
}
