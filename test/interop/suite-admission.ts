// Who may do what where the Paho suite runs: everyone everything, but for one filter nobody may
// subscribe to.
import type { Admission } from '../../src/gateway/admission/admission.ts'
import { openAdmission } from '../../src/gateway/admission/open-admission.ts'

const refusedFilter = 'test/nosubscribe'

export const suiteAdmission: Admission = {
  ...openAdmission,
  // The suite publishes to `$TopicA/B` to see that `#` does not match it.
  mayPublish: () => true,
  maySubscribe: (_principal, filter) => filter !== refusedFilter,
}
