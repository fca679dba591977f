// The payload of Sparkplug B (Eclipse Sparkplug 3.0.0, section 6.4.1), in which all fields are
// optional. The meaning of its numbers is in sparkplug/value.ts: types may stand in the birth
// alone.
import { message, type ProtoMessage } from './descriptor.ts'

const value = 'one of value'

/** The six plain values that a value of any kind may be, by numbers that follow each other. */
const scalars = (first: number) =>
  ({
    intValue: [first, 'uint32', value],
    longValue: [first + 1, 'uint64', value],
    floatValue: [first + 2, 'float', value],
    doubleValue: [first + 3, 'double', value],
    booleanValue: [first + 4, 'bool', value],
    stringValue: [first + 5, 'string', value],
  }) as const

const datasetValue = message({
  ...scalars(1),
})

const row = message({ elements: [1, () => datasetValue, 'list'] })

const dataset = message({
  numOfColumns: [1, 'uint64', 'optional'],
  columns: [2, 'string', 'list'],
  types: [3, 'uint32', 'list'],
  rows: [4, () => row, 'list'],
})

const parameter = message({
  name: [1, 'string', 'optional'],
  type: [2, 'uint32', 'optional'],
  ...scalars(3),
})

const template: ProtoMessage = message({
  version: [1, 'string', 'optional'],
  metrics: [2, () => metric, 'list'],
  parameters: [3, () => parameter, 'list'],
  templateRef: [4, 'string', 'optional'],
  isDefinition: [5, 'bool', 'optional'],
})

const propertyValue: ProtoMessage = message({
  type: [1, 'uint32', 'optional'],
  isNull: [2, 'bool', 'optional'],
  ...scalars(3),
  propertysetValue: [9, () => propertySet, value],
  propertysetsValue: [10, () => propertySets, value],
})

const propertySet: ProtoMessage = message({ keys: [1, 'string', 'list'], values: [2, () => propertyValue, 'list'] })
const propertySets: ProtoMessage = message({ propertyset: [1, () => propertySet, 'list'] })

const metadata = message({
  isMultiPart: [1, 'bool', 'optional'],
  contentType: [2, 'string', 'optional'],
  size: [3, 'uint64', 'optional'],
  seq: [4, 'uint64', 'optional'],
  fileName: [5, 'string', 'optional'],
  fileType: [6, 'string', 'optional'],
  md5: [7, 'string', 'optional'],
  description: [8, 'string', 'optional'],
})

const metric: ProtoMessage = message({
  name: [1, 'string', 'optional'],
  alias: [2, 'uint64', 'optional'],
  timestamp: [3, 'uint64', 'optional'],
  datatype: [4, 'uint32', 'optional'],
  isHistorical: [5, 'bool', 'optional'],
  isTransient: [6, 'bool', 'optional'],
  isNull: [7, 'bool', 'optional'],
  metadata: [8, () => metadata],
  properties: [9, () => propertySet],
  ...scalars(10),
  bytesValue: [16, 'bytes', value],
  datasetValue: [17, () => dataset, value],
  templateValue: [18, () => template, value],
})

export const sparkplugPayload: ProtoMessage = message({
  timestamp: [1, 'uint64', 'optional'],
  metrics: [2, () => metric, 'list'],
  seq: [3, 'uint64', 'optional'],
  uuid: [4, 'string', 'optional'],
  body: [5, 'bytes', 'optional'],
})
