// Loaded before a library: whoever connects to anything but this machine ends the process with code 97.
const { Socket } = require("net");
const dns = require("dns");

const leave = (what) => {
  console.error("left the machine: " + what);
  process.exit(97);
};

const connect = Socket.prototype.connect;
Socket.prototype.connect = function (...args) {
  const options = [args[0]].flat()[0];
  if (typeof options !== "object" || (options.host ?? "127.0.0.1") !== "127.0.0.1") leave(String(options?.host ?? options));
  return connect.apply(this, args);
};
for (const name of ["lookup", "resolve", "resolve4", "resolve6"]) {
  const real = dns[name];
  dns[name] = (host, ...rest) => (host === "127.0.0.1" ? real(host, ...rest) : leave(host));
}
