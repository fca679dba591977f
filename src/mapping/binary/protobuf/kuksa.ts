// kuksa.val.v2.SubscribeResponse of the Eclipse Kuksa databroker (proto/kuksa/val/v2/types.proto
// and val.proto, read at e37f138, after 0.5.0): paths of VSS with a value and the instant at which
// the broker had it. A data point without a value is unknown.
import { message, timestamp, type ProtoMessage } from './descriptor.ts'

const typed = 'one of typed_value'
const listOf = (type: 'string' | 'bool' | 'sint32' | 'sint64' | 'uint32' | 'uint64' | 'float' | 'double') => {
  const array = message({ values: [1, type, 'list'] })
  return () => array
}

const value = message({
  string: [11, 'string', typed],
  bool: [12, 'bool', typed],
  int32: [13, 'sint32', typed],
  int64: [14, 'sint64', typed],
  uint32: [15, 'uint32', typed],
  uint64: [16, 'uint64', typed],
  float: [17, 'float', typed],
  double: [18, 'double', typed],
  stringArray: [21, listOf('string'), typed],
  boolArray: [22, listOf('bool'), typed],
  int32Array: [23, listOf('sint32'), typed],
  int64Array: [24, listOf('sint64'), typed],
  uint32Array: [25, listOf('uint32'), typed],
  uint64Array: [26, listOf('uint64'), typed],
  floatArray: [27, listOf('float'), typed],
  doubleArray: [28, listOf('double'), typed],
})

const datapoint = message({ timestamp: [1, () => timestamp], value: [2, () => value] })

export const kuksaSubscribeResponse: ProtoMessage = message({ entries: [1, () => datapoint, 'map'] })
