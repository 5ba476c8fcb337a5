// The service of the pm2 story: it answers on the port it is given.
require('http').createServer((_, res) => res.end('ok')).listen(Number(process.argv[2]), '127.0.0.1')
