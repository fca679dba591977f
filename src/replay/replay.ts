// Plays a recording through MQTT as a car, or as one car for each of its segments. Samples keep the
// recording's own instants unless they are shifted to now; only the pace is played. Invariant:
// every sample that was read is in a message that was acknowledged, or is counted in the summary as
// refused or unacknowledged.
import { systemClock, type Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { Catalogue } from '../model/catalogue.ts'
import type { VehicleRef } from '../model/vehicle-id.ts'
import type { VehicleLimits } from '../vehicle/vehicle.ts'
import type { Mapping } from '../mapping/mapping.ts'
import { bootsOf } from './boots.ts'
import { openDriveCheck, type DriveCheck } from './drives/drive-check.ts'
import type { ToldDrives } from './drives/told-drives.ts'
import { newerData, type Held } from './newer-data.ts'
import { openPlayer, rehearse, vehicleIdOf } from './player.ts'
import { newRecordingTally, RecordingError, type RecordingTally } from './recorded-sample.ts'
import { readRecording } from './recording.ts'
import { surveyRecordings, type SegmentSpan } from './survey.ts'
import { openTimeOrder, type CarOrder } from './time-order.ts'
import { openWay, type RecordedWay } from './way.ts'

export type ReplayOptions = {
  /** Of one car, where the file is the segment. Played in the order of their first instants. */
  readonly files: readonly string[]
  readonly mapping: Mapping
  /** Of the signals that the mapping names; VSS's when absent. */
  readonly catalogue?: Catalogue
  readonly url: string
  readonly tenant: string
  readonly passwordOf: (ref: VehicleRef) => string
  /** The car's id; where each segment is a car of its own, what their ids begin with. When it is
   *  left out: the name of the first file where the file is the segment, else that of the
   *  mapping. */
  readonly vehicle?: string
  /** The car of each segment, where the caller has a table of them. */
  readonly vehicles?: ReadonlyMap<string, string>
  /** All segments as one car. */
  readonly asOne?: boolean
  /** How far behind a car's newest instant a sample still changes trips and alerts, by the
   *  server. */
  readonly latenessMs: number
  /** How to ask what the server holds already; it is not asked when absent. */
  readonly held?: Held
  /** Told before anything is sent of each car whose data comes too late. */
  readonly onNewer?: (texts: readonly string[]) => void
  /** The drives as the platform that recorded it tells them, to be held against what is played. */
  readonly drives?: ToldDrives
  /** Reads all, and sends nothing. */
  readonly isDry?: boolean
  /** Only these segments. */
  readonly only?: readonly string[]
  /** Times real time; `max` is as fast as the server acknowledges. */
  readonly speed: number | 'max'
  /** A longer silence of the recording takes only so long. Times in the samples stay. */
  readonly gapMaxMs?: number
  /** Shifts each car's samples in time: played at most in real time, the first is now; played
   *  faster, the last is now. */
  readonly toNow?: boolean
  /** When a recording without dates began. */
  readonly startAt?: number
  readonly limits?: Partial<VehicleLimits>
  readonly connectTimeoutMs?: number
  /** How long to wait for the last acknowledgements of a car. */
  readonly drainTimeoutMs?: number
  readonly clock?: Clock
  readonly pause?: (ms: number, signal: AbortSignal | undefined) => Promise<void>
  /** Ends the playing; what was sent is still drained. */
  readonly signal?: AbortSignal
  readonly logger?: Logger
  /** Called after each sample; the object is the same each time. */
  readonly onProgress?: (progress: ReplayProgress) => void
}

export type ReplayProgress = {
  readonly total: number
  samples: number
  messages: number
  acknowledged: number
  vehicle: string
  at: number
}

export type ReplaySummary = {
  readonly vehicles: readonly string[]
  readonly segments: number
  readonly rows: number
  readonly rowsSkipped: number
  /** Empty and invalid values by column of the recording. */
  readonly columns: RecordingTally['columns']
  /** The columns that the mapping reads and goes on without, with the files that lack them. */
  readonly lacking: RecordingTally['lacking']
  /** Columns of JSON that hold no object in any row. */
  readonly withoutObjects: readonly string[]
  /** Notes of the reader on what it left out or doubts. */
  readonly notes: RecordingTally['notes']
  readonly samples: number
  readonly messages: number
  readonly acknowledged: number
  readonly refused: number
  /** Sent, or dropped, and never acknowledged. */
  readonly unacknowledged: number
  /** The span of the recording, before any shift. */
  readonly firstAt: number
  readonly lastAt: number
  readonly way: RecordedWay
  /** Of the cars whose samples are not in the order of time. */
  readonly disorders: readonly CarOrder[]
  /** Where drives were told, and all was played. */
  readonly drives?: DriveCheck
  /** Of which cars the server has newer data, in words. */
  readonly newer: readonly string[]
  readonly isInterrupted: boolean
  readonly isDry: boolean
}

/** Plays recordings to their end or until `signal`. Rejects with a `RecordingError` when a file
 *  cannot be read, before anything was sent when it shows in the rows' form, and with Outage
 *  REPLAY_UNREACHABLE when a car never got through. */
export async function replay(options: ReplayOptions): Promise<ReplaySummary> {
  const { mapping, signal } = options
  const { files, spans } = await surveyRecordings(options.files, mapping, options)
  refuseStrangers(options, spans)
  const newer = await newerData(options, spans, (options.clock ?? systemClock).now())
  options.onNewer?.(newer)
  const boots = await bootsOf(
    options,
    files.map(({ file }) => file),
  )
  await using player = options.isDry === true ? rehearse(options, spans) : openPlayer(options, spans, boots)
  const tally = newRecordingTally()
  const way = openWay()
  const order = openTimeOrder(options.latenessMs)
  const driveCheck = options.drives === undefined ? undefined : openDriveCheck(options.drives)
  for (const { file, reading } of files) {
    for await (const sample of readRecording(file, mapping, { ...reading, tally })) {
      if (signal?.aborted === true) break
      if (!spans.has(sample.segment)) continue
      await player.play(sample)
      way.add(sample)
      order.add(vehicleIdOf(options, sample.segment), sample.at)
      driveCheck?.add(sample)
    }
    if (signal?.aborted === true) break
  }
  await player.drain()
  const played = [...spans.values()]
  return {
    ...player.totals(),
    segments: spans.size,
    rows: tally.rows,
    rowsSkipped: tally.rowsSkipped,
    columns: tally.columns,
    lacking: tally.lacking,
    withoutObjects: [...tally.objects].filter(([, count]) => count === 0).map(([column]) => column),
    notes: tally.notes,
    firstAt: Math.min(...played.map(({ firstAt }) => firstAt)),
    lastAt: Math.max(...played.map(({ lastAt }) => lastAt)),
    way: way.way(),
    disorders: order.disorders(),
    ...(driveCheck !== undefined && signal?.aborted !== true && { drives: driveCheck.result(new Set(spans.keys())) }),
    newer,
    isInterrupted: signal?.aborted === true,
    isDry: options.isDry === true,
  }
}

/** A segment that the table of cars does not name is nobody's car, and no new one. */
function refuseStrangers({ vehicles }: ReplayOptions, spans: ReadonlyMap<string, SegmentSpan>): void {
  const strangers = vehicles === undefined ? [] : [...spans.keys()].filter((segment) => !vehicles.has(segment))
  if (strangers.length > 0)
    throw new RecordingError(
      'column',
      `The table of vehicles has no ${strangers.join(', ')}, which the recording has. Add what car that is, or leave it out with --only.`,
    )
}
