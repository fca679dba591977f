// An identity provider by OpenID Connect Core 1.0: authorization code flow with PKCE (RFC 7636),
// state and nonce, by openid-client. Tokens are looked at once and not kept; their signatures are
// checked although they come straight from the provider.
import * as oidc from 'openid-client'
import { Outage } from '../base/errors.ts'
import { isLoopback } from '../base/loopback.ts'
import { IdentityRefused, type ProvenIdentity, type IdentityProvider, type SignInSecrets } from './identity-provider.ts'

export type OpenIdProviderOptions = {
  /** A URL, as the provider names itself. */
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string | undefined
  readonly name: string
  readonly groupsClaim: string
}

const timeoutS = 10
/** A clock of the provider that is off by no more is taken for right. */
const clockToleranceS = 30
const nameCharsMax = 64

export function createOpenIdProvider(options: OpenIdProviderOptions): IdentityProvider {
  const { clientId, clientSecret, name, groupsClaim } = options
  const issuer = new URL(options.issuer)
  let discovering: Promise<oidc.Configuration> | undefined

  const discovered = (): Promise<oidc.Configuration> => {
    const discovery = (discovering ??= oidc.discovery(
      issuer,
      clientId,
      { [oidc.clockTolerance]: clockToleranceS },
      clientSecret === undefined ? oidc.None() : oidc.ClientSecretBasic(clientSecret),
      {
        timeout: timeoutS,
        execute: [
          oidc.enableNonRepudiationChecks,
          ...(isLoopback(issuer.hostname) ? [oidc.allowInsecureRequests] : []),
        ],
      },
    ))
    // A failure is not kept: the next sign-in asks again.
    discovery.catch(() => (discovering = undefined))
    return discovery
  }

  return {
    name,
    async begin(returnUrl) {
      const provider = await discovered().catch(unavailable)
      const secrets: SignInSecrets = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
      }
      const url = oidc.buildAuthorizationUrl(provider, {
        redirect_uri: returnUrl,
        scope: 'openid profile email',
        response_type: 'code',
        state: secrets.state,
        nonce: secrets.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(secrets.verifier),
        code_challenge_method: 'S256',
      })
      return { url: url.href, secrets }
    },
    async complete(calledUrl, { state, nonce, verifier }) {
      const provider = await discovered().catch(unavailable)
      const tokens = await asked(
        oidc.authorizationCodeGrant(provider, new URL(calledUrl), {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        }),
      )
      const claims = tokens.claims()
      if (claims === undefined) throw new IdentityRefused('The identity provider gave no ID token.')
      const more =
        groupsClaim in claims || provider.serverMetadata().userinfo_endpoint === undefined
          ? {}
          : await asked(oidc.fetchUserInfo(provider, tokens.access_token, claims.sub))
      return identityOf({ ...more, ...claims }, groupsClaim)
    },
  }
}

function identityOf(claims: oidc.IDToken, groupsClaim: string): ProvenIdentity {
  const texts = ['preferred_username', 'email', 'name', 'sub'].map((claim) => claims[claim])
  const name = texts.find((text): text is string => typeof text === 'string' && text.trim() !== '') ?? claims.sub
  const groups = [claims[groupsClaim]].flat().filter((group): group is string => typeof group === 'string')
  return { issuer: claims.iss, subject: claims.sub, name: name.trim().slice(0, nameCharsMax), groups }
}

/** The client's errors by whose fault they are: an answer that says no, or is not of this sign-in;
 *  all else is the provider or the way to it. */
async function asked<Value>(answer: Promise<Value>): Promise<Value> {
  try {
    return await answer
  } catch (cause) {
    if (cause instanceof oidc.AuthorizationResponseError || isRefusal(cause))
      throw new IdentityRefused('The identity provider did not let the sign-in through.', { cause })
    return unavailable(cause)
  }
}

function unavailable(cause: unknown): never {
  throw new Outage(
    'IDENTITY_UNAVAILABLE',
    'The identity provider does not answer as it should: look whether ROADSTREAM_OIDC_ISSUER, ROADSTREAM_OIDC_CLIENT and its secret are right, and whether it runs.',
    { retryable: true, cause },
  )
}

/** An error of the token endpoint about the code, or a check of ours that failed. */
const isRefusal = (error: unknown): boolean =>
  (error instanceof oidc.ResponseBodyError && error.error === 'invalid_grant') ||
  (error instanceof oidc.ClientError && error.code !== undefined && refusalCodes.has(error.code))

const refusalCodes: ReadonlySet<string> = new Set([
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
])
