import type { ClientSession } from '../../../src/api/contract.ts'

export const SessionState = ({ state }: Pick<ClientSession, 'state'>) => (
  <span className={`badge ${state}`}>
    <span className={`key ${state}`} aria-hidden="true" />
    {state === 'connected' ? 'Connected' : 'Away'}
  </span>
)
