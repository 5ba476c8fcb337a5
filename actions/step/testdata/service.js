// A service for the tests: node service.js PORT [MODE]. It answers 200, or 500 in mode sick.
const [port, mode] = [Number(process.argv[2]), process.argv[3]]
if (mode === 'crash') setTimeout(() => process.exit(3), 100)
if (mode === 'faint') setTimeout(() => process.exit(3), 1500) // pm2 takes what lives for a second for well
if (mode === 'stubborn') process.on('SIGINT', () => {})
if (mode === 'litter') {
  // One that hides from its parent's end: its own session, and nobody waits for it.
  const { spawn } = require('child_process')
  spawn(process.execPath, ['-e', 'process.title = "litter"; setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' }).unref()
}
if (mode !== 'crash') {
  require('http').createServer((req, res) => {
    res.statusCode = mode === 'sick' ? 500 : 200
    res.end('hello\n')
  }).listen(port, '127.0.0.1')
}
