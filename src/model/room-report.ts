// Sizes of all that is stored, what a day adds to them, and until when there is room, as the system
// page tells it.
// Figures are null where they are not known, which is never shown as zero.

/** Where in the installation: the two logs with the state beside them, and the database. */
export type RoomPart = 'log' | 'derived' | 'tables'

export type RoomReport = {
  /** Over how long growth has been measured, about a day at most, and how long that takes at
   *  least. */
  readonly measuredMs: number
  readonly measuredMsLeast: number
  /** Vehicles heard in that time but its beginning, which is left out, of all tenants; null where
   *  the tables do not answer. */
  readonly cars: number | null
  readonly stores: readonly StoreRoom[]
  readonly disks: readonly DiskRoom[]
  /** Logs on a disk of this machine, and the most that each may take of it. */
  readonly logs: readonly LogRoom[]
  /** Parts that are on no disk of this machine that we know, and who has them. */
  readonly elsewhere: readonly { readonly part: RoomPart; readonly at: 'kafka' | 'postgres' }[]
}

export type StoreRoom = {
  readonly part: RoomPart
  /** `state`: what jobs, or sessions and publishers, must remember. `free`: pages of a log's file
   *  that are used for what comes. `write-log`: of the database, for recovery. */
  readonly kind: 'topic' | 'state' | 'free' | 'table' | 'write-log'
  /** Of a topic or table its name; of the others the kind. */
  readonly name: string
  readonly bytes: number | null
  /** Added by a day before anything is dropped; null of what has no growth of its own. */
  readonly bytesPerDay: number | null
  readonly bytesPerDayPerCar: number | null
  /** Whether it stays as large as it is, since as much is dropped or used again as comes. */
  readonly isSteady: boolean | null
  readonly retention: StoreRetention
  /** Why `bytes` or `bytesPerDay` is null, where it is for want of knowledge. */
  readonly unknown: 'measuring' | 'kafka' | 'no-answer' | null
}

/** How long, and how much at most, is kept; null and no settings: for ever. */
export type StoreRetention = {
  readonly keptMs: number | null
  readonly bytesMax: number | null
  /** That say so. */
  readonly settings: readonly string[]
}

export type DiskRoom = Filling & {
  readonly holds: readonly RoomPart[]
  readonly freeBytes: number
  readonly totalBytes: number
}

/** Beyond `bytesMax` a log takes nothing more. */
export type LogRoom = Filling & {
  readonly part: 'log' | 'derived'
  readonly bytes: number
  readonly bytesMax: number
}

export type Filling = {
  /** When nothing is free any more if days go on as they were measured. */
  readonly fullAt: number | null
  /** Why `fullAt` is null: not known yet; or what is kept comes to rest with room to spare; or it
   *  takes more than ten years. */
  readonly why: 'unknown' | 'rests' | 'years' | null
  /** By how much it is still filled until all is at its retention; null where that is not known, or
   *  something is kept for ever and grows. */
  readonly bytesToCome: number | null
}
