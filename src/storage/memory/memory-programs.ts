import { Outage } from '../../base/errors.ts'
import type { Program, ProgramStore, ProgramToken, ProgramWithTokens } from '../program-store.ts'
import { pageInMemory } from './memory-page.ts'

export function openMemoryPrograms(guard: () => void): ProgramStore {
  const programs = new Map<string, Program>()
  const tokens = new Map<string, ProgramToken>()
  const of = (tenant: string): readonly Program[] => [...programs.values()].filter((each) => each.tenant === tenant)
  const withTokens = (program: Program): ProgramWithTokens => ({
    ...program,
    tokens: [...tokens.values()]
      .filter((token) => token.program === program.id)
      .toSorted((a, b) => b.madeAt - a.madeAt || (a.id < b.id ? -1 : 1)),
  })
  const found = (tenant: string, id: string): Program | undefined => {
    const program = programs.get(id)
    return program?.tenant === tenant ? program : undefined
  }
  return {
    async list(tenant, page) {
      guard()
      return pageInMemory(
        of(tenant).map(withTokens),
        { list: 'programs', shape: ['s'], descending: false, keyOf: ({ name }) => [name] },
        page,
      )
    },
    async get(tenant, id) {
      guard()
      const program = found(tenant, id)
      return program && structuredClone(withTokens(program))
    },
    async add(program) {
      guard()
      if (programs.has(program.id) || of(program.tenant).some(({ name }) => name === program.name))
        throw new Outage('PROGRAM_EXISTS', 'There is a program of that name already: choose another.', {
          retryable: false,
        })
      programs.set(program.id, structuredClone(program))
    },
    async remove(tenant, id) {
      guard()
      if (found(tenant, id) === undefined) return false
      for (const token of tokens.values()) if (token.program === id) tokens.delete(token.id)
      return programs.delete(id)
    },
    async addToken(token) {
      guard()
      if (!programs.has(token.program))
        throw new Outage('PROGRAM_UNKNOWN', 'There is no such program.', { retryable: false })
      tokens.set(token.id, structuredClone(token))
    },
    async removeToken(program, id) {
      guard()
      return tokens.get(id)?.program === program && tokens.delete(id)
    },
    async findToken(hash) {
      guard()
      const token = [...tokens.values()].find((each) => each.hash === hash)
      const program = token && programs.get(token.program)
      return program && structuredClone({ program, token })
    },
    async noteUse(id, at) {
      guard()
      const token = tokens.get(id)
      if (token !== undefined) tokens.set(id, { ...token, usedAt: Math.max(token.usedAt ?? at, at) })
    },
  }
}
