import type { AccountLink, AccountLinkStore } from '../account-link-store.ts'
import type { SignInRow, SignInStore } from '../sign-in-store.ts'

export function openMemorySignIns(guard: () => void): SignInStore {
  const rows = new Map<string, SignInRow>()
  const forget = (isGone: (row: SignInRow) => boolean): void => {
    for (const row of rows.values()) if (isGone(row)) rows.delete(row.id)
  }
  return {
    async add(row) {
      guard()
      forget(({ expiresAt }) => expiresAt <= row.since)
      rows.set(row.id, row)
    },
    async get(id) {
      guard()
      return rows.get(id)
    },
    async of(person) {
      guard()
      return newestFirst(
        [...rows.values()].filter((row) => row.person === person),
        ({ since }) => since,
      )
    },
    async mark(id, at) {
      guard()
      const row = rows.get(id)
      if (row !== undefined) rows.set(id, { ...row, ...at })
    },
    async end(person, id) {
      guard()
      return rows.get(id)?.person === person && rows.delete(id)
    },
    async endAll(person, but) {
      guard()
      forget((row) => row.person === person && row.id !== but)
    },
  }
}

export function openMemoryAccountLinks(guard: () => void): AccountLinkStore {
  const links = new Map<string, AccountLink>()
  return {
    async add(link) {
      guard()
      for (const { id, person, expiresAt } of links.values())
        if (expiresAt <= link.madeAt || (person !== null && person === link.person)) links.delete(id)
      links.set(link.id, structuredClone(link))
    },
    async find(hash) {
      guard()
      return structuredClone([...links.values()].find((link) => link.hash === hash))
    },
    async list(tenant) {
      guard()
      return structuredClone(
        newestFirst(
          [...links.values()].filter((link) => link.tenant === tenant),
          ({ madeAt }) => madeAt,
        ),
      )
    },
    async take(tenant, id) {
      guard()
      return links.get(id)?.tenant === tenant && links.delete(id)
    },
  }
}

/** Of two at the same instant, the one with the first id. */
const newestFirst = <Row extends { readonly id: string }>(rows: readonly Row[], at: (row: Row) => number): Row[] =>
  rows.toSorted((a, b) => at(b) - at(a) || (a.id < b.id ? -1 : 1))
