/** A host as it stands in a URL or before a port: an IPv6 address in brackets. */
export const hostText = (host: string): string => (host.includes(':') ? `[${host}]` : host)

/** The host that such a text names. */
export const hostOf = (text: string): string => text.replace(/^\[|\]$/g, '')
