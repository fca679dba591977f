#!/usr/bin/env bash
# The last message of a drive, in which it crashed, is not read, and cut into hours a drive has one message twice (MCAP, Python 1.6.0 and TypeScript 2.2.2).
#
# Guess: a range of time, start and end, given to a reader of MCAP is half open in each library of its maker: who reads hour by hour has each
# message once, and the same ones in both languages.
# Seen, ten messages, a second apart: TypeScript's readMessages has both ends within, so 0 to 6 and 6 to 9 give that of second 6 twice.
# Python's iter_messages leaves the end out, though its text says that messages after it are left out; asked for a file from its first to its last
# instant, as its own statistics tell them, it gives all but the last, which is where a crash stands. TypeScript gives all. Version 1.6.0 of
# Python warns that both words are old, once in a process and where warnings are shown, and has ending_at and ending_before for them.
# So: in Python say ending_at or ending_before; in TypeScript give an end one nanosecond less; count the messages against the statistics of the file.
#
# Needs: python3 with pip, npm. Takes about ten seconds.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python mcap==1.6.0 2>/dev/null
npm install --silent --no-save --ignore-scripts @mcap/core@2.2.2 @mcap/nodejs@1.0.2 >/dev/null
cat > drive.py <<'P'
from mcap.reader import make_reader
from mcap.writer import CompressionType, Writer
second = 10**9
with open('drive.mcap', 'wb') as file:
    writer = Writer(file, chunk_size=200, compression=CompressionType.NONE)
    writer.start()
    channel = writer.register_channel('/speed', 'json', writer.register_schema('car', 'jsonschema', b'{"type":"object"}'))
    for at in range(10): writer.add_message(channel, at * second, b'{"speed":50}', at * second)
    writer.finish()
reader = make_reader(open('drive.mcap', 'rb'))
told = reader.get_summary().statistics
def read(**span): return [message.log_time // second for _, _, message in reader.iter_messages(**span)]
print('Python, 0 to 6:', read(start_time=0, end_time=6 * second), 'and 6 to 9:', read(start_time=6 * second, end_time=9 * second))
print(f'Python, first to last of {told.message_count}:', len(read(start_time=told.message_start_time, end_time=told.message_end_time)), 'messages')
print('Python, starting_at and ending_at:', len(read(starting_at=told.message_start_time, ending_at=told.message_end_time)), 'messages, ending_before:', len(read(starting_at=told.message_start_time, ending_before=told.message_end_time)))
P
cat > drive.mjs <<'P'
import { open } from 'node:fs/promises'
import { McapIndexedReader } from '@mcap/core'
import { FileHandleReadable } from '@mcap/nodejs'
const second = 1_000_000_000n
const file = await open('drive.mcap')
const reader = await McapIndexedReader.Initialize({ readable: new FileHandleReadable(file) })
const read = async (startTime, endTime) => { const times = []; for await (const { logTime } of reader.readMessages({ startTime, endTime })) times.push(Number(logTime / second)); return times }
const list = (times) => `[${times.join(', ')}]`
console.log('TypeScript, 0 to 6:', list(await read(0n, 6n * second)), 'and 6 to 9:', list(await read(6n * second, 9n * second)))
const { messageCount, messageStartTime, messageEndTime } = reader.statistics
console.log(`TypeScript, first to last of ${messageCount}:`, (await read(messageStartTime, messageEndTime)).length, 'messages')
await file.close()
P
{ PYTHONPATH=python python3 -W ignore drive.py; node drive.mjs; } | tee seen
diff seen - <<'P'
Python, 0 to 6: [0, 1, 2, 3, 4, 5] and 6 to 9: [6, 7, 8]
Python, first to last of 10: 9 messages
Python, starting_at and ending_at: 10 messages, ending_before: 9
TypeScript, 0 to 6: [0, 1, 2, 3, 4, 5, 6] and 6 to 9: [6, 7, 8, 9]
TypeScript, first to last of 10: 10 messages
P
echo 'as before'
