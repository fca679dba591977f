// The headers every answer carries. The policy of pages allows nothing from elsewhere and nothing
// inline: no script, no style. Libraries that style through the DOM (element.style) do not need an
// exception.

const policy = (directives: Readonly<Record<string, string>>): string =>
  Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ')

const ownPages = {
  'default-src': "'self'",
  'script-src': "'self'",
  'worker-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data: blob:",
  'connect-src': "'self'",
  'font-src': "'self'",
  'object-src': "'none'",
  'base-uri': "'none'",
  'form-action': "'self'",
  'frame-ancestors': "'none'",
}

const pagePolicy = policy(ownPages)

/** The page that browses the API is Swagger UI, which puts style attributes into its markup;
 *  scripts stay as strict as elsewhere. */
export const docsPolicy = policy({ ...ownPages, 'style-src': "'self' 'unsafe-inline'" })

export const securityHeaders = (https: boolean): Readonly<Record<string, string>> => ({
  'content-security-policy': pagePolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  ...(https ? { 'strict-transport-security': 'max-age=31536000' } : {}),
})
