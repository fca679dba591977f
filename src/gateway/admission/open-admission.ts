// Admits everyone to everything but the server's own `$…` topics: a plain broker for tests,
// interoperability suites and a private network.
import { accepted } from '../../base/errors.ts'
import type { Admission, Principal } from './admission.ts'

/** No client can speak as `$SYS`. */
const isNotOurs = (_principal: Principal, topic: string): boolean => !topic.startsWith('$')

/** The principal is the client id, and all are of one tenant. Messages on uplink topics are stored
 *  in the log all the same. */
export const openAdmission: Admission = {
  authenticate: ({ clientId }) => accepted({ id: clientId, tenant: '' }),
  mayPublish: isNotOurs,
  mayWill: isNotOurs,
  mayRetain: () => true,
  maySubscribe: () => true,
}
