// Entries of the audit as files. A line of NDJSON has all by which its place in the chain can be
// verified; CSV is for people and their spreadsheets, in which no cell is a formula.
import { auditText } from '../../audit/audit-entry.ts'
import type { KeptEntry } from '../../storage/audit-store.ts'

export const auditFileFormats = {
  csv: { mediaType: 'text/csv; charset=utf-8', head: auditCsvHead, line: auditCsvLine },
  ndjson: { mediaType: 'application/x-ndjson', head: () => '', line: auditJsonLine },
} as const
export type AuditFileFormat = keyof typeof auditFileFormats

function auditJsonLine({ seq, hash, entry }: KeptEntry): string {
  return `{"seq":${seq},"hash":"${hash}","entry":${auditText(entry)}}\n`
}

const columns = {
  at: ({ entry }) => new Date(entry.at).toISOString(),
  seq: ({ seq }) => String(seq),
  result: ({ entry }) => entry.result,
  whoKind: ({ entry }) => entry.who.kind,
  whoId: ({ entry }) => entry.who.id,
  whoName: ({ entry }) => entry.who.name,
  action: ({ entry }) => entry.action,
  targetKind: ({ entry }) => entry.target.kind,
  targetId: ({ entry }) => entry.target.id,
  before: ({ entry }) => jsonCell(entry.before),
  after: ({ entry }) => jsonCell(entry.after),
  reason: ({ entry }) => entry.reason ?? '',
  address: ({ entry }) => entry.from.address ?? '',
  agent: ({ entry }) => entry.from.agent ?? '',
  hash: ({ hash }) => hash,
} as const satisfies Readonly<Record<string, (kept: KeptEntry) => string>>

const jsonCell = (value: object | null): string => (value === null ? '' : JSON.stringify(value))

function auditCsvHead(): string {
  return `${Object.keys(columns).join(',')}\r\n`
}

function auditCsvLine(kept: KeptEntry): string {
  return `${Object.values(columns)
    .map((column) => csvCell(column(kept)))
    .join(',')}\r\n`
}

/** RFC 4180; an apostrophe keeps spreadsheets from taking a text for a formula (OWASP, CSV
 *  Injection). */
const csvCell = (text: string): string => {
  const plain = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text
  return /[",\r\n']/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}
