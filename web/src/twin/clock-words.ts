// Words for a car whose clock is off: by how much, and what that means for what one sees.
import type { Alert, CarClock, SampleClock } from '../../../src/api/contract.ts'
import { formatSpan } from '../format/time.ts'

export type ClockNews = { readonly title: string; readonly meaning: string }

const toldAsReceived = 'The alert is told for the time at which it was received.'

/** The doubt about the instant of an alert. */
export const doubtNews: Readonly<Record<NonNullable<Alert['clockDoubt']>, ClockNews>> = {
  ahead: {
    title: 'Clock ahead',
    meaning: `Its instant lies after its receipt, further than clocks differ. ${toldAsReceived}`,
  },
  behind: {
    title: 'Clock behind',
    meaning: `Its instant lies further before its receipt than any message waits. ${toldAsReceived}`,
  },
  unset: { title: 'Clock not set', meaning: `The car’s clock had not been set since it lost power. ${toldAsReceived}` },
}

/** Whose clock an instant is of that the car did not measure, and what that means. */
export const sampleClockNews: Readonly<Record<SampleClock, ClockNews>> = {
  sent: { title: 'as sent', meaning: 'The time is that of sending: the car may have measured it some time before.' },
  server: {
    title: 'by a server’s clock',
    meaning: 'The time is that at which a server on the way had it: the car measured it before, by seconds or longer.',
  },
  received: {
    title: 'as received',
    meaning: 'No time came with it, so it is that of receipt: the car measured it before, by seconds or longer.',
  },
}

/** Null for a clock that nothing speaks against. */
export function clockNews(clock: CarClock | null): ClockNews | null {
  if (clock === null || clock.state === 'right') return null
  const by = formatSpan(Math.abs(clock.offsetMs))
  switch (clock.state) {
    case 'ahead':
      return {
        title: `Clock ${by} ahead`,
        meaning: `The car’s clock is ${by} ahead. What it measures keeps the car’s instants and is marked; it is not taken for what happens now.`,
      }
    case 'behind':
      return {
        title: `Clock ${by} behind`,
        meaning: `The car’s clock is ${by} behind, more than any message waits: it was never set, or its receiver counts the weeks wrong. Its trips and alerts are listed under those instants.`,
      }
    case 'jumps':
      return {
        title: 'Clock jumps',
        meaning:
          'Single instants of the car lie far from those around them. They are put aside and counted in the ledger; the others stand.',
      }
  }
}
