// The files of TLS that settings name: whether each can be read, is what it should be, fits the
// others, and for how long it holds.
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { findingsOf, type Examination, type Finding } from '../base/finding.ts'
import { dayText, endsSoonMs } from '../base/certificate-end.ts'
import type { Clock } from '../base/clock.ts'
import type { Config } from '../config/config.ts'
import { listFault, nextListAt, revocationLists } from '../gateway/transport/revocation-list.ts'

const pemBlock = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g
const authoritiesRemedy =
  'give a file in PEM with the certificate of the authority, which begins with BEGIN CERTIFICATE'

type Named = { readonly setting: string; readonly file: string }

export function certificateExaminations(
  { transports: { tls }, bridge, kafka, postgres }: Config,
  wall: Clock,
): readonly Examination[] {
  const examinations: Examination[] = []
  const add = (name: string, look: () => readonly (Finding | undefined)[]): void =>
    void examinations.push({
      name,
      look: async () => look().filter((finding) => finding !== undefined),
    })
  const now = wall.now()
  const pair = (cert: Named, key: Named) => () => [...certificateFindings(cert, now), keyFinding(cert, key)]
  const authorities = (named: Named) => () => [authoritiesFinding(named, () => readFileSync(named.file, 'utf8'), now)]
  if (tls !== undefined) {
    const { certFile, keyFile, clientCaFile, crlFile } = tls
    const cert = { setting: 'ROADSTREAM_TLS_CERT', file: certFile }
    add(cert.setting, pair(cert, { setting: 'ROADSTREAM_TLS_KEY', file: keyFile }))
    if (clientCaFile !== undefined)
      add('ROADSTREAM_TLS_CLIENT_CA', authorities({ setting: 'ROADSTREAM_TLS_CLIENT_CA', file: clientCaFile }))
    if (crlFile !== undefined)
      add('ROADSTREAM_TLS_CLIENT_CRL', () => [
        listFinding({ setting: 'ROADSTREAM_TLS_CLIENT_CRL', file: crlFile }, now),
      ])
  }
  if (bridge?.certFile !== undefined && bridge.keyFile !== undefined) {
    const cert = { setting: 'ROADSTREAM_BRIDGE_CERT', file: bridge.certFile }
    add(cert.setting, pair(cert, { setting: 'ROADSTREAM_BRIDGE_KEY', file: bridge.keyFile }))
  }
  if (bridge?.caFile !== undefined)
    add('ROADSTREAM_BRIDGE_CA', authorities({ setting: 'ROADSTREAM_BRIDGE_CA', file: bridge.caFile }))
  for (const [setting, ca] of [
    ['ROADSTREAM_KAFKA_CA', kafka?.servers.tls?.ca],
    ['ROADSTREAM_POSTGRES_CA', postgres?.ca],
  ] as const)
    if (ca !== undefined) add(setting, () => [authoritiesFinding({ setting, file: 'the file' }, () => ca, now)])
  return examinations
}

/** Findings of a certificate with those that signed it behind it. */
export function certificateFindings({ setting, file }: Named, now: number): readonly Finding[] {
  const { ok, warning, problem } = findingsOf(setting)
  const read = certificatesIn(() => readFileSync(file, 'utf8'))
  if (typeof read === 'string')
    return [problem(`${file} ${read}`, 'give a file in PEM, which begins with BEGIN CERTIFICATE')]
  const [own, ...signers] = read
  if (own === undefined) return []
  const names = own.subjectAltName ?? own.subject.replaceAll('\n', ', ')
  const fault = timeFault(own, now)
  if (fault !== undefined)
    return [problem(`${file} ${fault}`, 'renew it; a gateway that runs takes the new file by itself')]
  const [broken] = [own, ...signers].flatMap((certificate, index) => {
    const signer = signers[index]
    return signer === undefined || certificate.checkIssued(signer) ? [] : [index + 1]
  })
  if (broken !== undefined)
    return [
      warning(
        `${file}: certificate ${broken + 1} in it did not sign the one before it`,
        'put the certificate first, then the one that signed it, and so on: clients follow that order',
      ),
    ]
  const says = `${file}: for ${names}; ends on ${dayText(own.validToDate.getTime())}; signed by ${own.issuer.replaceAll('\n', ', ')}`
  return [own.validToDate.getTime() - now > endsSoonMs ? ok(says) : warning(says, 'renew it before that day')]
}

export function keyFinding(cert: Named, { setting, file }: Named): Finding {
  const { ok, problem } = findingsOf(setting)
  let key: KeyObject
  try {
    key = createPrivateKey(readFileSync(file))
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    return syscall === undefined
      ? problem(`${file} holds no private key that can be used`, 'give a file in PEM without a passphrase')
      : problem(`${file} cannot be read (${code})`, 'give a file that is there and that this user may read')
  }
  const certificates = certificatesIn(() => readFileSync(cert.file, 'utf8'))
  if (typeof certificates === 'string') return ok(`${file}: a private key`)
  return certificates[0]?.checkPrivateKey(key) === true
    ? ok(`${file}: the key of the certificate`)
    : problem(
        `${file} is not the key of the certificate in ${cert.file}`,
        `give the two files that were made together in ${cert.setting} and ${setting}`,
      )
}

export function authoritiesFinding({ setting, file }: Named, read: () => string, now: number): Finding {
  const { ok, warning, problem } = findingsOf(setting)
  const found = certificatesIn(read)
  if (typeof found === 'string') return problem(`${file} ${found}`, authoritiesRemedy)
  for (const certificate of found) {
    const fault = timeFault(certificate, now)
    const name = certificate.subject.replaceAll('\n', ', ')
    if (fault !== undefined) return problem(`${file}: the authority ${name} ${fault}`, 'give the new certificate of it')
    if (certificate.validToDate.getTime() - now <= endsSoonMs)
      return warning(
        `${file}: the authority ${name} ends on ${dayText(certificate.validToDate.getTime())}`,
        'give its next one beside it',
      )
  }
  return ok(`${file}: ${found.map(({ subject }) => subject.replaceAll('\n', ', ')).join('; ')}`)
}

export function listFinding({ setting, file }: Named, now: number): Finding {
  const { ok, warning, problem } = findingsOf(setting)
  let lists: readonly string[]
  try {
    lists = revocationLists(readFileSync(file, 'utf8'))
  } catch (error) {
    return problem(
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code})`,
      'give a file that is there and that this user may read',
    )
  }
  if (lists.length === 0)
    return problem(`${file} holds no revocation list`, 'give a file in PEM, which begins with BEGIN X509 CRL')
  const fault = lists.map(listFault).find((each) => each !== undefined)
  if (fault !== undefined) return problem(`${file} cannot be used: ${fault}`, 'give the whole list of each authority')
  const ends = lists.flatMap((list) => nextListAt(list) ?? [])
  const soonest = Math.min(...ends)
  const says = `${file}: ${lists.length === 1 ? 'one list' : `${lists.length} lists`}${ends.length === 0 ? '' : `, the next due on ${dayText(soonest)}`}`
  if (soonest <= now)
    return problem(`${says}: no car with a certificate can come in`, 'give the new list of that authority')
  return soonest - now <= endsSoonMs ? warning(says, 'give the next list before that day') : ok(says)
}

/** The certificates of a file; or why there are none, which goes on from the file's name. */
function certificatesIn(read: () => string): readonly X509Certificate[] | string {
  try {
    const blocks = read().match(pemBlock)
    return blocks === null ? 'holds no certificate' : blocks.map((block) => new X509Certificate(block))
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    return syscall === undefined ? 'holds a certificate that cannot be read' : `cannot be read (${code})`
  }
}

function timeFault({ validFromDate, validToDate }: X509Certificate, now: number): string | undefined {
  if (validToDate.getTime() < now) return `ended on ${dayText(validToDate.getTime())}`
  return validFromDate.getTime() > now ? `holds from ${validFromDate.toISOString()} on, which is not yet` : undefined
}
