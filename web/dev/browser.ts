// A headless Chromium for looking at and measuring the dashboard. CHROMIUM names another than the system's.
import { chromium, type Browser } from 'playwright-core'

/** WebGL draws in software; nothing leaves the machine. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
      '--proxy-bypass-list=127.0.0.1',
      '--no-proxy-server',
    ],
  })
