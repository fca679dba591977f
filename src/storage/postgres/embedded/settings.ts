// Settings of the embedded server, given with each start so that a new version of them reaches old
// folders: small in memory, small in its log of writes, durable with each commit.

/** Of the name of the socket alone; nothing listens on a port. */
export const embeddedPort = 5432

const settings: Readonly<Record<string, string>> = {
  // The socket lies in the folder of the files, which nobody else may enter.
  listen_addresses: '',
  unix_socket_directories: '.',
  unix_socket_permissions: '0700',
  password_encryption: 'scram-sha-256',
  port: String(embeddedPort),
  max_connections: '20',
  // A list over all hours of messages that are kept locks the table and the index of each.
  max_locks_per_transaction: '512',

  shared_buffers: '32MB',
  huge_pages: 'off',
  max_worker_processes: '2',
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  max_logical_replication_workers: '0',
  autovacuum_worker_slots: '2',
  autovacuum_max_workers: '2',
  io_method: 'sync',
  jit: 'off',

  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  // Nobody copies the log of writes; it is for recovery alone.
  wal_level: 'minimal',
  max_wal_senders: '0',
  min_wal_size: '64MB',
  max_wal_size: '256MB',
  wal_compression: 'off',

  autovacuum: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  datestyle: 'ISO, YMD',

  // Errors of statements come to who asked, and may quote values; the log has what the server says
  // of itself, and never a statement.
  logging_collector: 'off',
  log_destination: 'stderr',
  log_line_prefix: '',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
}

export const serverArguments: readonly string[] = Object.entries(settings).flatMap(([name, value]) => [
  '-c',
  `${name}=${value}`,
])
