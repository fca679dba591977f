// A headless Chromium for looking at, measuring and testing the dashboard. CHROMIUM names another
// than the system's.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

const candidates = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
]

/** The browser of this machine; undefined when it has none. */
export const browserPath: string | undefined = process.env['CHROMIUM'] ?? candidates.find((path) => existsSync(path))

/** WebGL draws in software; nothing leaves the machine. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: browserPath ?? assert.fail('there is no Chromium on this machine; CHROMIUM may name one'),
    args: [
      '--headless',
      '--no-sandbox',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
      '--no-proxy-server',
    ],
  })
