// A disk that can be filled: a file system in memory of a few megabytes, which root alone may
// mount.
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Why none can be made here; false when it can. */
export const noSmallDisk: string | false = (() => {
  try {
    openSmallDisk(1)[Symbol.dispose]()
    return false
  } catch {
    return 'only root may mount a small disk, and not in every container'
  }
})()

export type SmallDisk = Disposable & {
  readonly path: string
  /** Takes all the room there is, or leaves about so many bytes. */
  fill(leaveBytes?: number): void
  /** Gives that room back. */
  empty(): void
}

export function openSmallDisk(megabytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'roadstream-disk-'))
  const ballast = join(path, 'ballast')
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path], { stdio: 'ignore' })
  return {
    path,
    fill(leaveBytes = 0) {
      const file = openSync(ballast, 'a')
      const page = Buffer.alloc(4096)
      let written = 0
      try {
        for (;;) written += writeSync(file, page)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      } finally {
        closeSync(file)
      }
      if (leaveBytes > 0) truncateSync(ballast, Math.max(0, written - leaveBytes))
    },
    empty: () => rmSync(ballast, { force: true }),
    [Symbol.dispose]() {
      execFileSync('umount', ['-l', path], { stdio: 'ignore' })
      rmSync(path, { recursive: true, force: true })
    },
  }
}
