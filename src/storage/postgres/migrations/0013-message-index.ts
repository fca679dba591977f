// Where in the log the messages of a vehicle are: a row for those of one stream and partition that
// came within a minute or so.
import type { Migration } from '../migrate.ts'

export const messageIndex: Migration = {
  version: 13,
  name: 'message-index',
  statements: [
    `create table message_index (
       log text collate "C" not null,
       tenant text collate "C" not null,
       vehicle text collate "C" not null,
       stream text collate "C" not null,
       log_partition integer not null,
       first_offset bigint not null,
       received_from bigint not null,
       received_to bigint not null,
       at_from bigint not null,
       at_to bigint not null,
       entries bytea not null
     ) partition by range (received_to)`,
    `create unique index message_index_of_vehicle
       on message_index (tenant, vehicle, received_to, log, stream, log_partition, first_offset)`,
  ],
}
