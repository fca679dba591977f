/** Where the API has the session of a client id, which is `tenant/client`. */
export function sessionPath(clientId: string): string {
  const slash = clientId.indexOf('/')
  return `/sessions/${encodeURIComponent(clientId.slice(0, slash))}/${encodeURIComponent(clientId.slice(slash + 1))}`
}
