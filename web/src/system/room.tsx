// Sizes of all that is stored, what a day adds to them, altogether and for each car, and when the
// disk is full.
import type { DiskRoom, RoomReport, StoreRoom } from '../../../src/api/contract.ts'
import { formatDay, formatSpan, formatUtc } from '../format/time.ts'
import { formatSize, none } from '../format/units.ts'
import { Figure } from '../shell/figure.tsx'
import { useNow } from '../shell/now.ts'
import {
  diskWords,
  elsewhereWords,
  fullLogWords,
  isEmpty,
  isOnKafka,
  keptWords,
  measureWords,
  partWords,
  restWords,
  storeWords,
  sumOf,
  type RoomSum,
} from './room-words.ts'

const parts = ['log', 'derived', 'tables'] as const

export function Room({ room }: { readonly room: RoomReport | null }) {
  return (
    <section className="card" aria-labelledby="room-title" data-testid="room">
      <h2 id="room-title">What a day costs</h2>
      {room === null ? <p className="help">How much is stored is not known yet.</p> : <Known room={room} />}
    </section>
  )
}

function Known({ room }: { readonly room: RoomReport }) {
  const now = useNow()
  const all = sumOf(room.stores)
  return (
    <>
      <p className="help">{measureWords(room)}</p>
      <dl className="figures inner" data-testid="room-figures">
        <Figure name="A day adds">
          <Size bytes={all.bytesPerDay} isPartial={all.isPartial} />
        </Figure>
        <Figure name="A day of one car">
          <Size bytes={all.bytesPerDayPerCar} isPartial={all.isPartial} />
        </Figure>
        {room.disks.map((disk) => (
          <Disk key={disk.holds.join(' ')} disk={disk} disks={room.disks.length} />
        ))}
      </dl>
      {fullLogWords(room, now).map((words) => (
        <p key={words} className={room.logs.some(({ fullAt }) => isSoon(fullAt, now)) ? 'bad' : 'help'}>
          {words}
        </p>
      ))}
      {elsewhereWords(room).map((words) => (
        <p key={words} className="help">
          {words}
        </p>
      ))}
      <div className="scroll-x" tabIndex={0} role="region" aria-label="By topic and table">
        <table className="plain room" data-testid="room-stores">
          <thead>
            <tr>
              <th scope="col">Topic or table</th>
              <th scope="col" className="number">
                Stored
              </th>
              <th scope="col" className="number">
                A day adds
              </th>
              <th scope="col" className="number">
                of one car
              </th>
              <th scope="col">Kept</th>
            </tr>
          </thead>
          {parts.map((part) => (
            <Part key={part} name={partWords[part]} stores={room.stores.filter((store) => store.part === part)} />
          ))}
          <tfoot>
            <Sum name="All" of={all} />
          </tfoot>
        </table>
      </div>
      <Explained />
    </>
  )
}

function Disk({ disk, disks }: { readonly disk: DiskRoom; readonly disks: number }) {
  const now = useNow()
  const { fullAt, freeBytes, totalBytes } = disk
  return (
    <>
      <Figure name={diskWords(disk, disks)}>
        {formatSize(freeBytes)} <span className="figure-note">of {formatSize(totalBytes)}</span>
      </Figure>
      <Figure name="Full at this rate">
        {fullAt === null ? (
          <span className="figure-note">{restWords(disk)}</span>
        ) : (
          <span className={isSoon(fullAt, now) ? 'bad' : undefined}>
            <Day at={fullAt} />{' '}
            <span className="figure-note">{fullAt <= now ? 'now' : `in ${formatSpan(fullAt - now)}`}</span>
          </span>
        )}
      </Figure>
    </>
  )
}

const Day = ({ at }: { readonly at: number }) => (
  <time dateTime={new Date(at).toISOString()} title={formatUtc(at)}>
    {formatDay(at)}
  </time>
)

/** Time to buy a disk. */
const soonMs = 14 * 86_400_000
const isSoon = (fullAt: number | null, now: number): boolean => fullAt !== null && fullAt - now < soonMs

function Part({ name, stores }: { readonly name: string; readonly stores: readonly StoreRoom[] }) {
  const told = stores.filter((store) => !isEmpty(store) && !isOnKafka(store))
  const empty = stores.filter((store) => isEmpty(store) && store.kind !== 'free').map(storeWords)
  const onKafka = stores.filter(isOnKafka).map(storeWords)
  return (
    <tbody>
      <Sum name={name} of={sumOf(stores)} />
      {told.map((store) => (
        <Store key={`${store.kind} ${store.name}`} store={store} />
      ))}
      {onKafka.length === 0 ? null : <Others what="not known: on Kafka’s brokers" names={onKafka} />}
      {empty.length === 0 ? null : <Others what="empty" names={empty} />}
    </tbody>
  )
}

const Others = ({ what, names }: { readonly what: string; readonly names: readonly string[] }) => (
  <tr>
    <td colSpan={5} className="help others">
      {names.join(', ')}: {what}
    </td>
  </tr>
)

function Sum({ name, of }: { readonly name: string; readonly of: RoomSum }) {
  return (
    <tr className="sum">
      <th scope="row">{name}</th>
      <td className="number">{of.bytes === null ? none : formatSize(of.bytes)}</td>
      <td className="number">
        <Size bytes={of.bytesPerDay} isPartial={of.isPartial} />
      </td>
      <td className="number">
        <Size bytes={of.bytesPerDayPerCar} isPartial={of.isPartial} />
      </td>
      <td />
    </tr>
  )
}

const Size = ({ bytes, isPartial }: { readonly bytes: number | null; readonly isPartial: boolean }) =>
  bytes === null ? (
    <span title="not known">{none}</span>
  ) : (
    <>
      {isPartial ? 'at least ' : ''}
      {formatSize(bytes)}
    </>
  )

function Store({ store }: { readonly store: StoreRoom }) {
  const { kind, bytes, bytesPerDay, bytesPerDayPerCar, isSteady, retention, unknown } = store
  const isOfTheMoment = kind === 'free' || kind === 'write-log'
  return (
    <tr>
      <th scope="row">
        {storeWords(store)}
        <span className="help block kept-below">{keptWords(store)}</span>
      </th>
      {unknown === 'no-answer' ? (
        <td className="number unavailable" colSpan={3}>
          not known: no answer
        </td>
      ) : (
        <>
          <td className="number">{bytes === null ? none : formatSize(bytes)}</td>
          {isOfTheMoment ? (
            <td className="number" colSpan={2} />
          ) : unknown === 'measuring' ? (
            <td className="number unavailable" colSpan={2}>
              not known yet
            </td>
          ) : (
            <>
              <td className="number">{bytesPerDay === null ? none : formatSize(bytesPerDay)}</td>
              <td className="number">{bytesPerDayPerCar === null ? none : formatSize(bytesPerDayPerCar)}</td>
            </>
          )}
        </>
      )}
      <td title={retention.settings.join(', ')}>
        {keptWords(store)}
        {isSteady === true && bytesPerDay !== 0 && retention.settings.length > 0 ? (
          <span className="help"> · reached</span>
        ) : null}
        {kind === 'table' && retention.settings.length > 0 ? (
          <span className="help block">{retention.settings.join(', ')}</span>
        ) : null}
      </td>
    </tr>
  )
}

const Explained = () => (
  <details className="explain">
    <summary>What the figures say</summary>
    <p>
      Stored is what it takes on the disk: topics packed, tables with their indexes. A day adds what comes in one,
      before anything is dropped: at its retention as much goes, and what is stored grows no more. Topics are kept by
      ROADSTREAM_LOG_RETENTION and ROADSTREAM_LOG_TOPIC_MAX, whichever comes first.
    </p>
    <p>
      The disk is full when all that still grows has used it up, each topic and table until it is at its retention. What
      other programs write there is not foreseen.
    </p>
  </details>
)
