// The header that a proxy puts in front of a connection to say who the client is: PROXY protocol,
// version 2 (HAProxy's proxy-protocol.txt). Bytes of the network: a strict reading of exactly the
// header, and nothing is taken that the header does not bound.
import { accepted, refused, type Result } from '../../base/errors.ts'

export type ProxyHeader = {
  /** Of the client; undefined when the proxy speaks for itself (a health check) or does not say. */
  readonly client: { readonly address: string; readonly port: number } | undefined
  /** The common name of the client's certificate, which the proxy verified. */
  readonly commonName: string | undefined
}

export type ProxyFault = 'proxy-header' | 'proxy-version-1'

/** Signature, version and command, family, length: what says how long the header is. */
export const proxyPreambleBytes = 16
/** Addresses take at most 216; the rest is for TLVs. */
const proxyRestBytesMax = 4096

const signature = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a])
const commandLocal = 0
const commandProxy = 1
/** Family and transport in one byte: TCP over IPv4 and IPv6 are the two with a client's address;
 *  UNIX streams and "unspecified" have none for us. */
const addressBytes: Readonly<Record<number, number>> = { 0x00: 0, 0x11: 12, 0x21: 36, 0x31: 216 }

const tlvSsl = 0x20
const tlvSslCommonName = 0x22
const clientSentCertificate = 0x02 | 0x04
/** Bits of the client, and the result of the verification, in front of the TLVs inside. */
const sslHeadBytes = 5

/** The first 16 bytes: how many follow. */
export function parseProxyPreamble(bytes: Buffer): Result<number, ProxyFault> {
  if (bytes.toString('latin1', 0, 6) === 'PROXY ')
    return refused(
      'proxy-version-1',
      'The proxy sends version 1 of its header: let it send version 2 (HAProxy: send-proxy-v2).',
    )
  if (bytes.length < proxyPreambleBytes || !bytes.subarray(0, signature.length).equals(signature))
    return refused(
      'proxy-header',
      'The connection does not begin with a PROXY header of version 2: let the proxy send one.',
    )
  const version = bytes[12]! >> 4
  const command = bytes[12]! & 0x0f
  if (version !== 2 || command > commandProxy)
    return refused('proxy-header', 'The version or the command of the PROXY header is unknown.')
  const restBytes = bytes.readUInt16BE(14)
  const wanted = addressBytes[bytes[13]!]
  if (wanted === undefined && command === commandProxy)
    return refused('proxy-header', 'The PROXY header is not of a TCP connection.')
  if (restBytes > proxyRestBytesMax)
    return refused('proxy-header', `The PROXY header is longer than ${proxyRestBytesMax} bytes.`)
  if (command === commandProxy && restBytes < wanted!)
    return refused('proxy-header', 'The PROXY header is too short for its addresses.')
  return accepted(restBytes)
}

/** Parses the rest behind the preamble, `rest.length` as it says. */
export function parseProxyRest(preamble: Buffer, rest: Buffer): Result<ProxyHeader, ProxyFault> {
  // A receiver must take a LOCAL connection and skip all of the rest.
  if ((preamble[12]! & 0x0f) === commandLocal) return accepted({ client: undefined, commonName: undefined })
  const family = preamble[13]!
  const tlvs = parseTlvs(rest.subarray(addressBytes[family]))
  if (tlvs === undefined) return refused('proxy-header', 'The TLVs of the PROXY header do not end where it ends.')
  const ssl = tlvs.get(tlvSsl)
  const commonName = ssl === undefined ? undefined : commonNameOf(ssl)
  if (commonName === null) return refused('proxy-header', 'The SSL part of the PROXY header is malformed.')
  return accepted({ client: clientOf(family, rest), commonName })
}

function clientOf(family: number, rest: Buffer): ProxyHeader['client'] {
  if (family === 0x11) return { address: rest.subarray(0, 4).join('.'), port: rest.readUInt16BE(8) }
  if (family === 0x21) return { address: ipv6Of(rest), port: rest.readUInt16BE(32) }
  return undefined
}

/** The shortest form (RFC 5952), as the system writes the addresses it knows itself. */
function ipv6Of(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

function parseTlvs(bytes: Buffer): Map<number, Buffer> | undefined {
  const tlvs = new Map<number, Buffer>()
  let at = 0
  while (at < bytes.length) {
    if (at + 3 > bytes.length) return undefined
    const end = at + 3 + bytes.readUInt16BE(at + 1)
    if (end > bytes.length) return undefined
    tlvs.set(bytes[at]!, bytes.subarray(at + 3, end))
    at = end
  }
  return tlvs
}

/** Undefined when no certificate was sent or it did not verify; null when the bytes are
 *  malformed. */
function commonNameOf(ssl: Buffer): string | null | undefined {
  if (ssl.length < sslHeadBytes) return null
  const inner = parseTlvs(ssl.subarray(sslHeadBytes))
  if (inner === undefined) return null
  const isVerified = (ssl[0]! & clientSentCertificate) !== 0 && ssl.readUInt32BE(1) === 0
  return isVerified ? inner.get(tlvSslCommonName)?.toString('utf8') : undefined
}
