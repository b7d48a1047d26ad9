// A stock Helia peer for interop tests: TCP + Noise + Yamux on loopback, Bitswap only, no bootstrap, no HTTP.
//
//   node --import ./node20-polyfill.mjs peer.mjs serve [PORT] [BYTES]
//       adds BYTES (default 50 MiB) of random data, prints one JSON line, serves until SIGTERM
//   node --import ./node20-polyfill.mjs peer.mjs fetch MULTIADDR/p2p/ID CID [SHA256]
//       dials, reads the whole file over Bitswap, prints one JSON line
//
//   CHUNK=BYTES  chunk size of serve (default 1 MiB, as profile unixfs-v1-2025)
//   DHT=1        take part in a LAN Kademlia as a server
//   MDNS=1       find peers by mDNS (needs multicast)
import { createHash, randomBytes } from 'node:crypto'
import { createHeliaLight } from 'helia'
import { withLibp2pLight } from '@helia/libp2p'
import { withBitswap } from '@helia/bitswap'
import { unixfs } from '@helia/unixfs'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { noise } from '@libp2p/noise'
import { yamux } from '@libp2p/yamux'
import { tcp } from '@libp2p/tcp'
import { identify } from '@libp2p/identify'
import { ping } from '@libp2p/ping'
import { multiaddr } from '@multiformats/multiaddr'
import { CID } from 'multiformats/cid'

const FETCH_TIMEOUT_MS = 120_000
const MIB = 1024 * 1024

const print = object => console.log(JSON.stringify(object))

async function startPeer (port) {
  const services = { identify: identify(), ping: ping() }
  if (process.env.DHT) {
    const { kadDHT } = await import('@libp2p/kad-dht')
    services.dht = kadDHT({ protocol: '/ipfs/lan/kad/1.0.0', clientMode: false, peerInfoMapper: peer => peer })
  }
  const peerDiscovery = []
  if (process.env.MDNS) {
    const { mdns } = await import('@libp2p/mdns')
    peerDiscovery.push(mdns({ interval: 1000 }))
  }
  return withBitswap(withLibp2pLight(createHeliaLight(), {
    addresses: { listen: [`/ip4/127.0.0.1/tcp/${port}`] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    peerDiscovery,
    services
  })).start()
}

async function serve (port = 0, size = 50 * MIB) {
  const peer = await startPeer(port)
  const bytes = randomBytes(Number(size))
  const chunker = fixedSize({ chunkSize: Number(process.env.CHUNK ?? MIB) })
  const start = performance.now()
  const cid = await unixfs(peer).addBytes(bytes, { chunker })
  print({
    addr: peer.libp2p.getMultiaddrs()[0].toString(),
    cid: cid.toString(),
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    addMs: Math.round(performance.now() - start),
    protocols: peer.libp2p.getProtocols()
  })
  const stop = async () => { await peer.stop(); process.exit(0) }
  process.on('SIGTERM', stop).on('SIGINT', stop)
}

async function fetchFile (address, cid, expected) {
  const peer = await startPeer(0)
  const dialStart = performance.now()
  const connection = await peer.libp2p.dial(multiaddr(address))
  const start = performance.now()
  const hash = createHash('sha256')
  let bytes = 0
  let firstByteMs
  for await (const chunk of unixfs(peer).cat(CID.parse(cid), { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) })) {
    firstByteMs ??= Math.round(performance.now() - start)
    bytes += chunk.byteLength
    hash.update(chunk)
  }
  const seconds = (performance.now() - start) / 1000
  const sha256 = hash.digest('hex')
  print({
    bytes,
    seconds: +seconds.toFixed(3),
    MiBps: +(bytes / MIB / seconds).toFixed(1),
    firstByteMs,
    dialMs: Math.round(start - dialStart),
    sha256,
    ok: expected === undefined ? null : sha256 === expected,
    encryption: connection.encryption,
    muxer: connection.multiplexer
  })
  await peer.stop()
  process.exit(0)
}

const [mode, ...args] = process.argv.slice(2)
if (mode === 'serve') await serve(...args)
else if (mode === 'fetch') await fetchFile(...args)
else {
  console.error('usage: peer.mjs serve [PORT] [BYTES] | fetch MULTIADDR CID [SHA256]')
  process.exit(2)
}
