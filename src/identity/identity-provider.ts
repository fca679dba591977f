// The port of an identity provider: where people sign in elsewhere, and what it then says of them.
// `openid-provider.ts` is the one there is.

/** A person as the provider knows him. */
export type ProvenIdentity = {
  readonly issuer: string
  /** Never given to another person by this issuer. */
  readonly subject: string
  /** As people call him there; no key of anything. */
  readonly name: string
  readonly groups: readonly string[]
}

/** The part of a sign-in that waits in the person's browser, and nowhere else. */
export type SignInBegun = {
  /** Where the browser is sent. */
  readonly url: string
  /** Given back to `complete`; nobody but the browser may see it. */
  readonly secrets: SignInSecrets
}
export type SignInSecrets = { readonly state: string; readonly nonce: string; readonly verifier: string }

/** Safe for concurrent callers. */
export type IdentityProvider = {
  /** For the button people press. */
  readonly name: string
  /** `returnUrl`: where the provider sends the browser back, as it is registered there. Rejects
   *  with Outage IDENTITY_UNAVAILABLE (retryable) where the provider cannot be asked. */
  begin(returnUrl: string): Promise<SignInBegun>
  /** `calledUrl`: the return URL with what the provider added. Resolves to what it says of the
   *  person; rejects with IdentityRefused where it says no, or what came back is not of this
   *  sign-in, and with the Outage as above. */
  complete(calledUrl: string, secrets: SignInSecrets): Promise<ProvenIdentity>
}

export class IdentityRefused extends Error {
  override readonly name = 'IdentityRefused'
}
