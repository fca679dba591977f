// Messages between gateway threads. From one thread to another messages arrive whole and in
// order; everything here leans on that order. Instants and payloads travel as they are stored
// (session-record.ts), since each thread has a steady clock of its own.
import type { StateChange } from '../../eventlog/state-store.ts'

/** One message for a thread that has subscribers for it. */
export type RemoteMessage = {
  readonly message: Uint8Array
  /** Also for its ordinary subscriptions, not only for groups. */
  readonly isDirect: boolean
  /** Share groups, as filters with `$share/`, of which one of its members is to have it. */
  readonly groups: readonly string[]
}

/** A share group that no longer has a member there; `index` is that of the message in the plan. */
export type Unserved = { readonly index: number; readonly group: string }

export type PeerMessage =
  // Starting and ending
  | { readonly kind: 'hello' }
  | { readonly kind: 'finished' }
  // How far the other has heard us, in bytes since the start (mesh.ts)
  | { readonly kind: 'mark'; readonly said: number }
  | { readonly kind: 'marked'; readonly said: number }
  // Sessions: to their home and from it (directory.ts)
  | { readonly kind: 'acquire'; readonly clientId: string; readonly ends: boolean }
  | { readonly kind: 'granted'; readonly clientId: string }
  | { readonly kind: 'release'; readonly clientId: string; readonly to: number; readonly ends: boolean }
  | { readonly kind: 'released'; readonly clientId: string }
  | { readonly kind: 'ended'; readonly clientId: string }
  // From the owner to the next one, and who tells both that it has changed over (session-moves.ts)
  | {
      readonly kind: 'handover'
      readonly clientId: string
      readonly session: Uint8Array
      /** The next owner numbers its deliveries from here on. */
      readonly packetId: number
      readonly order: number
      /** Orders of the deliveries that were sent; the client may know them. */
      readonly sent: readonly number[]
      /** And of those of which that is not known, since a restart. */
      readonly perhapsSent: readonly number[]
    }
  | { readonly kind: 'switch'; readonly clientId: string; readonly from: number }
  | { readonly kind: 'switched'; readonly clientId: string }
  // Subscriptions (wants.ts)
  | { readonly kind: 'want'; readonly filter: string; readonly connected: number }
  | { readonly kind: 'drop'; readonly filter: string }
  // Behind what was said before (fences.ts); `withKeeps`: answered once the retained messages of
  // whoever answers are at their homes
  | { readonly kind: 'fence'; readonly id: number; readonly withKeeps: boolean }
  | { readonly kind: 'fenced'; readonly id: number }
  // Messages (remote-routing.ts)
  | { readonly kind: 'plan'; readonly id: number; readonly messages: readonly RemoteMessage[] }
  | {
      readonly kind: 'planned'
      readonly id: number
      readonly changes: readonly StateChange[]
      readonly unserved: readonly Unserved[]
    }
  | { readonly kind: 'deliver'; readonly ids: readonly number[]; readonly messages: readonly RemoteMessage[] }
  // Of a message for several sessions (message-bodies.ts), to its home
  | { readonly kind: 'letGo'; readonly body: string }
  // Retained messages (retained-home.ts)
  | { readonly kind: 'keep'; readonly id: number; readonly message: Uint8Array }
  | { readonly kind: 'kept'; readonly id: number }
  | { readonly kind: 'retained'; readonly message: Uint8Array }
