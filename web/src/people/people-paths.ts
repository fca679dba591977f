// Addresses of people, in the API and in links.

export const peopleKey = ['/people'] as const
export const personPath = (id: string): string => `/people/${encodeURIComponent(id)}`
export const linkOf = (token: string): string => `${location.origin}/welcome#${token}`
