// For the API's tests: the sessions of a real gateway.
import type { Gateway } from '../gateway/gateway.ts'
import type { ClientSessions } from './api-options.ts'

export const sessionsOf = ({ sessions }: Gateway): ClientSessions => ({
  list: (query) => sessions.list(query),
  inspect: async (given) => sessions.inspect(given),
  disconnect: (given) => sessions.disconnect(given),
})
