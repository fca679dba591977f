// Certificates from files, read again when the files change. Renewing a certificate does not take a
// stop of the gateway; an operator who renews it wrongly is told which file is wrong, and the
// gateway goes on with what it has.
import { X509Certificate } from 'node:crypto'
import { readFileSync, statSync, type Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { Outage } from '../../base/errors.ts'
import type { Logger } from '../../base/logger.ts'
import { listFault, revocationLists } from './revocation-list.ts'

export type TlsFiles = {
  /** PEM: the server's certificate, with the intermediate ones behind it. */
  readonly certFile: string
  /** PEM, without a passphrase. */
  readonly keyFile: string
  /** PEM: the authorities that sign vehicle certificates. Without them no client is asked for
   *  one. */
  readonly clientCaFile?: string
  /** PEM: the certificates those authorities have revoked; one list for each authority. */
  readonly crlFile?: string
}

export type TlsMaterial = {
  readonly cert: string
  readonly key: string
  /** Of authorities, and of their lists, each by itself: of several in one text OpenSSL takes the
   *  first alone. */
  readonly ca?: string[]
  readonly crl?: string[]
}

type Setting = keyof TlsFiles
const what: Readonly<Record<Setting, string>> = {
  certFile: 'server certificate',
  keyFile: 'private key',
  clientCaFile: 'client CA',
  crlFile: 'revocation list',
}

const pemBlock = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/** Reads and checks the files. Throws Outage TLS_FILES, which names the file and what is wrong with
 *  it, and never shows what is in it. */
function readTlsFiles(files: TlsFiles): TlsMaterial {
  const cert = read(files, 'certFile', (cert) => {
    certificatesOf(cert)
    createSecureContext({ cert })
    return undefined
  })
  const key = read(files, 'keyFile', (key) => (createSecureContext({ key }), undefined))
  const ca =
    files.clientCaFile === undefined
      ? undefined
      : read(files, 'clientCaFile', (text) => (certificatesOf(text), undefined))
  const crl = files.crlFile === undefined ? undefined : read(files, 'crlFile', revocationFault)
  try {
    createSecureContext({ cert, key })
  } catch (cause) {
    throw unusable(files, 'keyFile', `it does not belong to the certificate in ${files.certFile}`, cause)
  }
  return {
    cert,
    key,
    ...(ca === undefined ? {} : { ca: ca.match(pemBlock)! }),
    ...(crl === undefined ? {} : { crl: revocationLists(crl) }),
  }
}

/** `check` throws for what is not of its kind, and may give another fault. */
function read(files: TlsFiles, setting: Setting, check: (text: string) => string | undefined): string {
  let text: string
  try {
    text = readFileSync(files[setting]!, 'utf8')
  } catch (cause) {
    throw unusable(files, setting, `it cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`, cause)
  }
  let fault: string | undefined
  try {
    fault = check(text)
  } catch (cause) {
    throw unusable(files, setting, 'it is not PEM of that kind (a key must be without a passphrase)', cause)
  }
  if (fault !== undefined) throw unusable(files, setting, fault, undefined)
  return text
}

function certificatesOf(text: string): X509Certificate[] {
  const blocks = text.match(pemBlock)
  if (blocks === null) throw new Error('there is no certificate in it')
  return blocks.map((block) => new X509Certificate(block))
}

function revocationFault(text: string): string | undefined {
  const lists = revocationLists(text)
  if (lists.length === 0) throw new Error('there is no revocation list in it')
  createSecureContext({ crl: lists })
  return lists.map(listFault).find((fault) => fault !== undefined)
}

const unusable = (files: TlsFiles, setting: Setting, problem: string, cause: unknown): Outage =>
  new Outage('TLS_FILES', `The ${what[setting]} in ${files[setting]} cannot be used: ${problem}.`, {
    retryable: false,
    cause,
  })

/** When the server's own certificate ends, epoch milliseconds. */
export const expiryOf = ({ cert }: TlsMaterial): number => certificatesOf(cert)[0]!.validToDate.getTime()

/** Reads the files, and from then on looks every `everyMs` whether they changed; calls `onChange`
 *  with what is in them once they have stayed the same from one look to the next, so that a
 *  certificate is not read without the key that is still being copied. A file that cannot be used
 *  then is logged and waits for the next change; what cannot be used at first throws, as
 *  `readTlsFiles` does. */
export function watchTlsFiles(
  files: TlsFiles,
  {
    everyMs,
    logger,
    onChange,
  }: { readonly everyMs: number; readonly logger: Logger; readonly onChange: (material: TlsMaterial) => void },
): Disposable & { readonly first: TlsMaterial } {
  const paths = Object.values(files).filter((path) => path !== undefined)
  // Before reading: what changes while it is read is read again.
  let loaded = paths.map((path) => stampOf(() => statSync(path))).join()
  const first = readTlsFiles(files)
  let seen = loaded
  let isLooking = false
  const look = async (): Promise<void> => {
    const stats = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)))
    const stamp = stats.map((found) => stampOf(() => found)).join()
    if (stamp !== loaded && stamp === seen) {
      loaded = stamp
      try {
        onChange(readTlsFiles(files))
        logger.info({ files: paths }, 'the TLS files have changed and are in use')
      } catch (error) {
        if (!(error instanceof Outage)) throw error
        logger.error({ code: error.code }, `${error.message} The one before stays in use.`)
      }
    }
    seen = stamp
  }
  const timer = setInterval(() => {
    if (isLooking) return
    isLooking = true
    void look().finally(() => (isLooking = false))
  }, everyMs)
  timer.unref()
  return { first, [Symbol.dispose]: () => clearInterval(timer) }
}

/** By name, and not by open file: certificates are renewed by renaming new files over them, or by
 *  turning a symbolic link. */
function stampOf(look: () => Stats | undefined): string {
  try {
    const found = look()
    return found === undefined ? 'missing' : `${found.ino}.${found.size}.${found.mtimeMs}`
  } catch {
    return 'missing'
  }
}
