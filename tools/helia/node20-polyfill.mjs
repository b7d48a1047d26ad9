// Built-ins of ES2024 and 2025 that libp2p 3 and Helia 7 use and Node 20 lacks. Does nothing on newer ones.
Promise.withResolvers ??= function () {
  let resolve, reject
  const promise = new this((a, b) => { resolve = a; reject = b })
  return { promise, resolve, reject }
}
Set.prototype.difference ??= function (other) { return new Set([...this].filter(v => !other.has(v))) }
Set.prototype.intersection ??= function (other) { return new Set([...this].filter(v => other.has(v))) }
Set.prototype.union ??= function (other) { return new Set([...this, ...other.keys()]) }
