// Messages that AWS IoT FleetWise Edge sends
// (interfaces/protobuf/schemas/edgeToCloud/vehicle_data.proto and last_known_state_data.proto, read
// at 15e20f3, 1.3.4). Signals are numbers of the decoder manifest that the message names; a signal
// that is absent is unknown.
import { message, words, type ProtoMessage } from './descriptor.ts'

const number = 'one of primitiveType'
const captured = 'one of SignalValue'

const signalPath = message({ signalPath: [1, 'uint32', 'list'] })
const partOfComplex = message({ signalId: [1, 'uint32'], signalPath: [2, () => signalPath] })

const capturedSignal = message({
  relativeTimeMs: [1, 'sint64'],
  signalId: [2, 'uint32', number],
  doubleValue: [3, 'double', captured],
  stringValue: [4, 'string', captured],
  primitiveTypeInSignal: [10, () => partOfComplex, number],
})

const troubleCodes = message({ relativeTimeMs: [1, 'sint64'], activeDtcCodes: [2, 'string', 'list'] })
const uploaded = message({ key: [1, 'string'], dataFormat: [2, words('', 'UNKNOWN_DATA_FORMAT CDR')] })

/** Fields 7 and 8 were never in use. */
export const fleetwiseVehicleData: ProtoMessage = message({
  campaignSyncId: [1, 'string'],
  decoderSyncId: [2, 'string'],
  collectionEventId: [3, 'uint32'],
  collectionEventTimeMsEpoch: [4, 'uint64'],
  capturedSignals: [5, () => capturedSignal, 'list'],
  dtcData: [6, () => troubleCodes],
  s3Objects: [9, () => uploaded, 'list'],
})

const lastKnownSignal = message({
  signalId: [1, 'uint32'],
  doubleValue: [2, 'double', captured],
  booleanValue: [3, 'bool', captured],
  int8Value: [4, 'sint32', captured],
  uint8Value: [5, 'uint32', captured],
  int16Value: [6, 'sint32', captured],
  uint16Value: [7, 'uint32', captured],
  int32Value: [8, 'sint32', captured],
  uint32Value: [9, 'uint32', captured],
  int64Value: [10, 'sint64', captured],
  uint64Value: [11, 'uint64', captured],
  floatValue: [12, 'float', captured],
  stringValue: [13, 'string', captured],
})

const lastKnownTemplate = message({
  stateTemplateSyncId: [1, 'string'],
  capturedSignals: [2, () => lastKnownSignal, 'list'],
})

export const fleetwiseLastKnownState: ProtoMessage = message({
  collectionEventTimeMsEpoch: [2, 'uint64'],
  capturedStateTemplateSignals: [6, () => lastKnownTemplate, 'list'],
})
