// One logger for the process. Log lines never carry a secret or a position: `redact` catches the
// field names that would.
import { pino, type Logger } from 'pino'

export type { Logger }

/** Structured logging to standard error, so that standard output stays what the user asked for. */
export function openLogger(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: ['password', '*.password', 'token', '*.token', 'secret', '*.secret', 'lat', 'lon', '*.lat', '*.lon'],
        censor: '[redacted]',
      },
    },
    pino.destination({ dest: 2, sync: false }),
  )
}

/** For tests and programs that report in their own way. */
export const silentLogger: Logger = pino({ level: 'silent' })
