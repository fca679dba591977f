import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shippedMapping } from '../mapping-catalogue.ts'
import { samplesFolder } from '../readers/samples.testing.ts'
import { inspect } from './inspect.ts'

test('a recording that says what it is is told by its form, and its draft is the mapping of that form', async () => {
  for (const [name, form, uses] of [
    [
      'garmin-1.1.gpx',
      'gpx',
      [
        '"time": 80 % filled',
        '"speed": 20 % filled; "17.5" → Vehicle.Speed',
        '"hdop": 20 % filled; "0.9" → not taken',
        'noted: 1 waypoints',
      ],
    ],
    ['logger-1.0.gpx', 'gpx', ['"track": 100 % filled; "1" → splits the rows']],
    ['receiver.nmea', 'nmea', ['"speedKnots": 33 % filled', 'noted: 1 sentences with a wrong checksum']],
    ['trace.openxc.txt', 'openxc', ['"vehicle_speed": 17 % filled; "63" → Vehicle.Speed']],
  ] as const) {
    const { report, draft } = await inspect(`${samplesFolder}/${name}`)
    for (const use of uses) assert.ok(report.includes(use), `${use}\n${report}`)
    const { examples: _examples, ...shipped } = shippedMapping(form)
    assert.deepEqual(draft, shipped)
  }
  await assert.rejects(inspect(`${samplesFolder}/drive.candump.txt`), {
    name: 'RecordingError',
    message: /is a log of candump.*"dbc"/,
  })
})
