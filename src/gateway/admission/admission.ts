// Who may connect, publish and subscribe: the port. Answers are immediate; keys and lists are held
// in memory by the policy.
import type { Result } from '../../base/errors.ts'
import type { VehicleCertificate } from '../transport/vehicle-certificate.ts'

/** Who a connection is, once admitted. Policies keep what they need to decide by it. `tenant` is
 *  whose rate its messages count towards. */
export type Principal = { readonly id: string; readonly tenant: string }

export type Credentials = {
  readonly clientId: string
  readonly username: string | undefined
  readonly password: Uint8Array | undefined
  /** Of the client, verified; undefined when it showed none. */
  readonly certificate?: VehicleCertificate | undefined
}

/** Why a client may not connect: also a metric label, and the reason code of the CONNACK. */
export type AdmissionRefusal = 'client-id' | 'credentials' | 'certificate' | 'not-authorised'

export interface Admission {
  authenticate(credentials: Credentials): Result<Principal, AdmissionRefusal>
  /** `topic` is a topic name without wildcards. The answer holds for the life of a connection.
   *  Names that start with `$` are the server's own: a policy that allows one lets clients speak as
   *  the server. (MQTT 5 section 4.7.2) */
  mayPublish(principal: Principal, topic: string): boolean
  /** Whether the client's will may go to the topic; checked at CONNECT. */
  mayWill(principal: Principal, topic: string): boolean
  /** Whether a message to the topic may be kept for later subscribers. */
  mayRetain(principal: Principal, topic: string): boolean
  /** `filter` is a well-formed filter; of a shared subscription the part after the group. */
  maySubscribe(principal: Principal, filter: string): boolean
}
