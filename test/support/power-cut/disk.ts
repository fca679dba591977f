// A disk, as far as a trace of calls tells of it (power-cut.c): the bytes and names it has for
// certain, and those it was given since and may have, in part and in any order, when its power
// goes.
//
//   certain            in a file what a sync covered, in a folder the names that a sync of the folder covered
//   may be there       of later writes any pages or sectors, each or none; of later names the first ones
//
// A write is covered by a sync that began when it had ended. So little is promised by POSIX; ext4
// and others promise more.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Call } from './trace.ts'

/** Writes between two syncs, or the whole file where `bytes` is told: cut to, or made, so long. */
type Change = { readonly at: number; readonly data: Buffer; readonly bytes: number | undefined; hasEnded: boolean }
type File = { kind: 'file'; certain: Buffer; later: Change[]; isMapped: boolean }
/** Names that change together, and what they then stand for. */
type Names = ReadonlyMap<string, Entry | undefined>
type Folder = { kind: 'folder'; names: Map<string, Entry>; certain: Map<string, Entry>; later: Names[] }
type Entry = File | Folder

/** Of what came after the last sync, as much as is there after the cut. */
export const remainders = ['nothing', 'everything', 'some writes', 'pages of 4096', 'sectors of 512'] as const
export type Remainder = (typeof remainders)[number]
const unitBytes: { readonly [Each in Remainder]?: number } = { 'pages of 4096': 4096, 'sectors of 512': 512 }

/** Ways in which a disk does not keep its word: it forgets what a sync of a file, a synced write or
 *  a sync of a folder was to keep. */
export const lies = ['sync', 'synced write', 'sync of a folder'] as const
export type Lie = (typeof lies)[number]

const newFolder = (): Folder => ({ kind: 'folder', names: new Map(), certain: new Map(), later: [] })

export class Disk {
  readonly #root = newFolder()
  readonly #path: string
  readonly #lie: Lie | undefined
  /** By thread: what the end of the call under way means. */
  readonly #underWay = new Map<number, (result: number) => void>()

  /** `path`: of the folder whose calls are given, empty at first. */
  constructor(path: string, lie?: Lie) {
    this.#path = path
    this.#lie = lie
  }

  /** Takes the next call. */
  apply(call: Call): void {
    const { kind, thread, path, at, data } = call
    if (kind === 'end') {
      this.#underWay.get(thread)?.(at)
      this.#underWay.delete(thread)
    } else if (kind === 'write' || kind === 'synced write' || kind === 'truncate') {
      this.#underWay.set(thread, this.#beginChange(this.#file(path), call))
    } else if (kind === 'sync') {
      this.#underWay.set(thread, this.#beginSync(this.#at(path)))
    } else if (kind === 'made' || kind === 'folder') {
      const fresh = kind === 'folder' ? newFolder() : newFile()
      if (this.#find(path) === undefined) this.#rename(dirname(path), new Map([[basename(path), fresh]]))
    } else if (kind === 'removed') {
      this.#rename(dirname(path), new Map([[basename(path), undefined]]))
    } else if (kind === 'linked') {
      this.#rename(dirname(data.toString()), new Map([[basename(data.toString()), this.#at(path)]]))
    } else if (kind === 'renamed') {
      const to = data.toString()
      assert.equal(dirname(to), dirname(path), 'a name moves within its folder')
      const [gone, there] = [new Map([[basename(path), undefined]]), new Map([[basename(to), this.#at(path)]])]
      this.#rename(dirname(path), new Map<string, Entry | undefined>([...gone, ...there]))
    } else this.#file(path).isMapped = true
  }

  /** The bytes of a file as a process sees them; undefined when it is not there. */
  seen(path: string): Buffer | undefined {
    const found = this.#find(path)
    return found?.kind === 'file' ? found.later.reduce(changed, Buffer.from(found.certain)) : undefined
  }

  /** The files that are written through memory, of whose bytes nothing is known. */
  mapped(): string[] {
    return [...walk(this.#root, '')].filter(([, { isMapped }]) => isMapped).map(([path]) => path)
  }

  /** Makes the folder `dir` as it may be after a power cut now. `mappedBytes`: what a mapped file
   *  may have. */
  cut(dir: string, random: () => number, choose: () => Remainder, mappedBytes: () => Uint8Array | undefined): void {
    const write = (folder: Folder, path: string): void => {
      mkdirSync(path, { recursive: true })
      for (const [name, entry] of namesAfter(folder, choose(), random)) {
        const to = join(path, name)
        if (entry.kind === 'folder') write(entry, to)
        else {
          const bytes = entry.isMapped ? mappedBytes() : bytesAfter(entry, choose(), random)
          if (bytes !== undefined) writeFileSync(to, bytes)
        }
      }
    }
    write(this.#root, dir)
  }

  #beginChange(file: File, { kind, at, data }: Call): (result: number) => void {
    const change: Change = { at, data, bytes: kind === 'truncate' ? at : undefined, hasEnded: false }
    file.later.push(change)
    return (result) => {
      assert.equal(result, data.byteLength, 'a write is whole')
      change.hasEnded = true
      if (kind === 'synced write' && this.#lie !== 'synced write') keep(file, [change])
    }
  }

  #beginSync(entry: Entry): (result: number) => void {
    const isForgotten = this.#lie === (entry.kind === 'file' ? 'sync' : 'sync of a folder')
    if (entry.kind === 'file') {
      const covered = entry.later.filter(({ hasEnded }) => hasEnded)
      return (result) => {
        if (result === 0 && !isForgotten) keep(entry, covered)
      }
    }
    const covered = [...entry.later]
    return (result) => {
      if (result !== 0 || isForgotten) return
      for (const names of covered) if (entry.later.includes(names)) setNames(entry.certain, names)
      entry.later = entry.later.filter((names) => !covered.includes(names))
    }
  }

  #rename(path: string, names: Names): void {
    const folder = this.#at(path)
    assert(folder.kind === 'folder', `${path} is a folder`)
    setNames(folder.names, names)
    folder.later.push(names)
  }

  #find(path: string): Entry | undefined {
    let entry: Entry | undefined = this.#root
    for (const name of path.slice(this.#path.length).split('/').filter(Boolean))
      entry = entry?.kind === 'folder' ? entry.names.get(name) : undefined
    return entry
  }

  #at(path: string): Entry {
    const found = this.#find(path)
    assert(found !== undefined, `the trace says how ${path} came about`)
    return found
  }

  #file(path: string): File {
    const found = this.#at(path)
    assert(found.kind === 'file', `${path} is a file`)
    return found
  }
}

const newFile = (): File => ({ kind: 'file', certain: Buffer.alloc(0), later: [], isMapped: false })

function setNames(all: Map<string, Entry>, names: Names): void {
  for (const [name, entry] of names)
    if (entry === undefined) all.delete(name)
    else all.set(name, entry)
}

function* walk(folder: Folder, path: string): Generator<readonly [string, File]> {
  for (const [name, entry] of folder.names)
    if (entry.kind === 'folder') yield* walk(entry, `${path}${name}/`)
    else yield [`${path}${name}`, entry]
}

function keep(file: File, covered: readonly Change[]): void {
  for (const change of covered) if (file.later.includes(change)) file.certain = changed(file.certain, change)
  file.later = file.later.filter((change) => !covered.includes(change))
}

/** The bytes after a change; in place where they are long enough. */
function changed(bytes: Buffer, { at, data, bytes: length }: Change): Buffer {
  const needed = length ?? Math.max(bytes.byteLength, at + data.byteLength)
  const all = length === undefined && needed <= bytes.byteLength ? bytes : resized(bytes, needed)
  if (length === undefined) all.set(data, at)
  return all
}

function resized(bytes: Buffer, length: number): Buffer {
  const all = Buffer.alloc(length)
  bytes.copy(all, 0, 0, Math.min(length, bytes.byteLength))
  return all
}

function namesAfter({ certain, later }: Folder, remainder: Remainder, random: () => number): Map<string, Entry> {
  const names = new Map(certain)
  const most = later.length
  const kept = remainder === 'nothing' ? 0 : remainder === 'everything' ? most : Math.floor(random() * (most + 1))
  for (const each of later.slice(0, kept)) setNames(names, each)
  return names
}

/** The bytes of a file after the cut. It is as long as after some of the later writes, and zeros
 *  are where none of them is. */
function bytesAfter({ certain, later }: File, remainder: Remainder, random: () => number): Buffer {
  if (remainder === 'nothing') return certain
  let bytes: Buffer = Buffer.from(certain)
  if (remainder === 'everything') return later.reduce(changed, bytes)
  const share = random()
  const unit = unitBytes[remainder]
  for (const change of later) {
    if (unit === undefined || change.bytes !== undefined) {
      if (random() < share) bytes = changed(bytes, change)
      continue
    }
    const { at, data } = change
    for (let from = at; from < at + data.byteLength;) {
      const to = Math.min(at + data.byteLength, (Math.floor(from / unit) + 1) * unit)
      const piece = { ...change, at: from, data: data.subarray(from - at, to - at) }
      if (random() < share) bytes = changed(bytes, piece)
      from = to
    }
  }
  return bytes
}
