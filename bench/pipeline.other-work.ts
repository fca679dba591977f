// Other work of this machine that takes half a core: five milliseconds of every ten, for as long as
// the process that began it is there.
const sliceMs = 5
const parent = process.ppid

function work(): void {
  if (process.ppid !== parent) process.exit()
  for (const until = performance.now() + sliceMs; performance.now() < until;);
  setTimeout(work, sliceMs)
}
work()
