// Whom an address stands for when connections are counted by it: one host by IPv4, and by IPv6 the
// network of 64 bits that one customer is given, for whoever has one has all of its 2^64 addresses.

/** `address` as the system writes it; undefined, of a connection already gone, is a key like any
 *  other. */
export function addressKey(address: string | undefined): string {
  if (address === undefined) return ''
  if (!address.includes(':')) return address
  // IPv4 as an IPv6 socket shows it.
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice('::ffff:'.length)
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - last.length) }, () => '0')
  return `${[...groups, ...zeros, ...last].slice(0, 4).join(':')}::/64`
}
