/** CPU that this process alone has taken since `process.cpuUsage()` gave `since`. Microseconds. */
export function ownMicros(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return user + system
}
