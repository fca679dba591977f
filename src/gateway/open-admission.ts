// Admits everyone to everything: a plain broker for tests, interoperability suites and a private network.
import { accepted } from '../base/errors.ts'
import type { Admission } from './admission.ts'

/** The principal is the client id. Messages on uplink topics are stored in the log all the same. */
export const openAdmission: Admission = {
  authenticate: ({ clientId }) => accepted({ id: clientId }),
  mayPublish: () => true,
  mayWill: () => true,
  mayRetain: () => true,
  maySubscribe: () => true,
}
