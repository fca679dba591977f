// The disk under the data folder: room, names for files, its kind, and how long it takes to keep
// what it is given. Every acknowledgement waits for that.
import { randomBytes } from 'node:crypto'
import { open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { countText, findingsOf, sizeText, type Examination, type Finding } from '../base/finding.ts'
import type { Config } from '../config/config.ts'
import { existingAbove } from './data-folder.ts'

/** The log refuses at 16 MB, and PostgreSQL's own log of writes may take 256 MB. */
const roomBytes = { problem: 64e6, warning: 2e9 } as const
const freeFiles = { problem: 100, warning: 10_000 } as const
/** Disks of servers take 0.1 to 10 ms. */
const slowMs = { median: 20, p99: 200 } as const
const writes = 50
const pageBytes = 4096

/** By the numbers of statfs(2): where what is kept is lost, or locks and syncs cannot be
 *  trusted. */
const kinds: Readonly<Record<number, readonly ['memory' | 'network' | 'container', string]>> = {
  0x01021994: ['memory', 'tmpfs'],
  0x858458f6: ['memory', 'ramfs'],
  0x6969: ['network', 'NFS'],
  0xff534d42: ['network', 'CIFS'],
  0xfe534d42: ['network', 'SMB'],
  0x794c7630: ['container', 'overlay'],
}

export const diskExamination = ({ dataDir, log }: Config): Examination => ({
  name: 'disk',
  async look() {
    const dir = existingAbove(dataDir)
    const stats = await statfs(dir)
    const room = roomFinding(
      { freeBytes: stats.bavail * stats.bsize, totalBytes: stats.blocks * stats.bsize },
      log.bytesMax,
    )
    const rest = [filesLeftFinding(stats.ffree, stats.files), kindFinding(stats.type)]
    return [room, ...rest, await syncFinding(existingAbove(join(dataDir, 'log')))]
  },
})

type Room = { readonly freeBytes: number; readonly totalBytes: number }

export function roomFinding({ freeBytes, totalBytes }: Room, logBytesMax: number): Finding {
  const { ok, warning, problem } = findingsOf('disk')
  const says = `${sizeText(freeBytes)} of ${sizeText(totalBytes)} free; the event log may take ${sizeText(logBytesMax)}, and as much again what jobs derive`
  const remedy =
    'free some room there, move the folder to a larger disk (ROADSTREAM_DATA), or keep less (ROADSTREAM_LOG_RETENTION, ROADSTREAM_LOG_MAX)'
  if (freeBytes < roomBytes.problem) return problem(`full, so that nothing can be kept: ${says}`, remedy)
  return freeBytes < roomBytes.warning ? warning(says, remedy) : ok(says)
}

/** File systems without a number of files of their own say 0 of 0. */
export function filesLeftFinding(free: number, all: number): Finding {
  const { ok, warning, problem } = findingsOf('inodes')
  if (all === 0) return ok('this file system has no limit of files')
  const says = `${countText(free, 'file')} of ${countText(all, 'file')} left`
  const remedy = 'remove small files from that file system, or move the folder to another one (ROADSTREAM_DATA)'
  if (free < freeFiles.problem) return problem(says, remedy)
  return free < freeFiles.warning ? warning(says, remedy) : ok(says)
}

export function kindFinding(type: number): Finding {
  const { ok, warning, problem } = findingsOf('file system')
  const [kind, name] = kinds[type] ?? []
  if (kind === 'memory')
    return warning(
      `the data folder is in memory (${name}): all of it is lost when the machine stops`,
      'name a folder on a disk in ROADSTREAM_DATA',
    )
  if (kind === 'network')
    return problem(
      `the data folder is on a network share (${name}), where locks and syncs do not hold what the logs need`,
      'name a folder on a local disk in ROADSTREAM_DATA',
    )
  if (kind === 'container')
    return warning(
      `the data folder is in the layers of a container (${name}): it goes when the container is removed`,
      'mount a volume and name it in ROADSTREAM_DATA',
    )
  return ok('a local disk, as far as the system tells')
}

/** Writes a file of its own as the log writes pages, and removes it. */
async function syncFinding(dir: string): Promise<Finding> {
  const path = join(dir, `doctor-${randomBytes(4).toString('hex')}`)
  try {
    const sorted = (await syncTimes(path)).toSorted((a, b) => a - b)
    const [medianMs = 0, p99Ms = 0] = [0.5, 0.99].map((share) => sorted[Math.ceil(writes * share) - 1])
    return syncTimeFinding(dir, { medianMs, p99Ms })
  } catch (error) {
    return findingsOf('time to fsync').problem(
      `nothing can be written in ${dir} (${(error as NodeJS.ErrnoException).code})`,
      'see that its disk has room and that this user may write there, or name another folder in ROADSTREAM_DATA',
    )
  } finally {
    await rm(path, { force: true })
  }
}

async function syncTimes(path: string): Promise<readonly number[]> {
  await using file = await open(path, 'wx', 0o600)
  await file.writeFile(Buffer.alloc(writes * pageBytes))
  await file.sync()
  const page = Buffer.alloc(pageBytes, 1)
  const timesMs: number[] = []
  for (let n = 0; n < writes; n++) {
    const began = performance.now()
    await file.write(page, 0, pageBytes, n * pageBytes)
    await file.datasync()
    timesMs.push(performance.now() - began)
  }
  return timesMs
}

type SyncTimes = { readonly medianMs: number; readonly p99Ms: number }

export function syncTimeFinding(dir: string, { medianMs, p99Ms }: SyncTimes): Finding {
  const { ok, warning } = findingsOf('time to fsync')
  const says = `in ${dir}: median ${medianMs.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms of ${writes} writes`
  return medianMs > slowMs.median || p99Ms > slowMs.p99
    ? warning(
        `${says}; every acknowledgement waits for it`,
        'see what else writes to that disk (iostat, iotop), or name a folder on a faster one in ROADSTREAM_DATA',
      )
    : ok(says)
}
