// Topic names and filters (MQTT 5 section 4.7). Limits on length and depth bound what one packet
// can cost the subscription tree.

export const topicLimits = { bytes: 1024, levels: 24 } as const

export type TopicFilter = { readonly levels: readonly string[]; readonly group: string | undefined }

/** [MQTT-4.7.3-1] at least one character, [MQTT-4.7.0-1] no wildcards. */
export const isTopicName = (topic: string): boolean => topic.length > 0 && !topic.includes('+') && !topic.includes('#')

/** The levels of a topic name, or undefined when it may not be published to.
 *  [MQTT-4.7.3-1] at least one character, [MQTT-3.3.2-2] no wildcards, and within `topicLimits`. */
export function parseTopicName(topic: string): readonly string[] | undefined {
  if (topic.length > topicLimits.bytes || !isTopicName(topic)) return undefined
  const levels = topic.split('/')
  return levels.length <= topicLimits.levels ? levels : undefined
}

/** The levels of a filter and its share group, or undefined. [MQTT-4.7.1-1] `#` stands alone and
 *  last, [MQTT-4.7.1-2] `+` alone; [MQTT-4.8.2-1, -2] `$share/{group}/{filter}` with a group of at
 *  least one character and no wildcard. */
export function parseTopicFilter(filter: string): TopicFilter | undefined {
  if (filter.length === 0 || filter.length > topicLimits.bytes) return undefined
  let levels = filter.split('/')
  let group: string | undefined
  if (levels[0] === '$share') {
    group = levels[1]
    if (group === undefined || group === '' || /[+#]/.test(group)) return undefined
    levels = levels.slice(2)
    if (levels.length === 0 || (levels.length === 1 && levels[0] === '')) return undefined
  }
  if (levels.length > topicLimits.levels) return undefined
  const last = levels.length - 1
  const wellFormed = levels.every(
    (level, index) => level === '+' || (level === '#' ? index === last : !/[+#]/.test(level)),
  )
  return wellFormed ? { levels, group } : undefined
}

/** The filter as a client writes it. */
export const filterText = ({ levels, group }: TopicFilter): string =>
  group === undefined ? levels.join('/') : `$share/${group}/${levels.join('/')}`

/** The filters that match together what all do, without those that another one covers. A broker may
 *  send a message once for each filter that matches it [MQTT-3.3.4-2], so what two filters match
 *  that only cross each other still comes twice. */
export function withoutCovered(filters: readonly string[]): string[] {
  const all = [...new Set(filters)]
  return all.filter((filter) => !all.some((other) => other !== filter && covers(other.split('/'), filter.split('/'))))
}

function covers(wide: readonly string[], narrow: readonly string[]): boolean {
  // [MQTT-4.7.2-1] A wildcard at the beginning matches no topic of the server's own.
  if (/^[+#]$/.test(wide[0]!) && narrow[0]!.startsWith('$')) return false
  for (const [index, level] of wide.entries()) {
    if (level === '#') return true
    const other = narrow[index]
    if (other === undefined || other === '#' || (level !== '+' && level !== other)) return false
  }
  return wide.length === narrow.length
}
