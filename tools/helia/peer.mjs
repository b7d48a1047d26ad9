// A stock Helia peer for interop tests: TCP, Noise or TLS, Yamux, Bitswap, blocks in memory, no bootstrap, no DHT, no HTTP.
// See ../README.md for what it is told and what it says.
//
//   node --import ./node20-polyfill.mjs peer.mjs [--listen MULTIADDR,…] [--security noise,tls] [--mdns]
import { setMaxListeners } from 'node:events'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { createHeliaLight } from 'helia'
import { withLibp2pLight } from '@helia/libp2p'
import { withBitswap } from '@helia/bitswap'
import { noise } from '@libp2p/noise'
import { tls } from '@libp2p/tls'
import { yamux } from '@libp2p/yamux'
import { tcp } from '@libp2p/tcp'
import { mdns } from '@libp2p/mdns'
import { identify, identifyPush } from '@libp2p/identify'
import { ping } from '@libp2p/ping'
import { commands } from './commands.mjs'
import { ECHO, answerEcho } from './echo.mjs'

const { values: options } = parseArgs({
  options: {
    listen: { type: 'string', default: '/ip4/127.0.0.1/tcp/0' },
    security: { type: 'string', default: 'noise' },
    mdns: { type: 'boolean', default: false }
  }
})
const DEFAULT_LIMIT_MS = 60_000
const MDNS_INTERVAL_MS = 1000
const ENCRYPTERS = { noise, tls }
// Five a second unless set, which a row of quick tests exceeds: the next one is reset.
const CONNECTIONS_A_SECOND = 1000

const say = what => process.stdout.write(JSON.stringify(what) + '\n')
// Whoever started this has ended, so this ends, too.
process.stdout.on('error', () => process.exit(1))

const peer = await withBitswap(withLibp2pLight(createHeliaLight(), {
  addresses: { listen: options.listen.split(',') },
  transports: [tcp()],
  connectionEncrypters: options.security.split(',').map(name => ENCRYPTERS[name]()),
  streamMuxers: [yamux()],
  connectionManager: { inboundConnectionThreshold: CONNECTIONS_A_SECOND },
  peerDiscovery: options.mdns ? [mdns({ interval: MDNS_INTERVAL_MS })] : [],
  services: { identify: identify(), identifyPush: identifyPush(), ping: ping() }
})).start()
const { libp2p } = peer
await libp2p.handle(ECHO, answerEcho)
libp2p.addEventListener('peer:connect', event => say({ event: 'connected', peer: event.detail.toString() }))
libp2p.addEventListener('peer:discovery', event => say({ event: 'found', peer: event.detail.id.toString() }))
if (options.mdns) {
  libp2p.addEventListener('peer:discovery', event => { libp2p.dial(event.detail.id).catch(() => {}) })
}
say({ event: 'ready', peer: libp2p.peerId.toString(), addresses: libp2p.getMultiaddrs().map(String) })

const known = commands(peer, say)
createInterface({ input: process.stdin })
  .on('line', async line => {
    const { id, do: name, limitMs = DEFAULT_LIMIT_MS, ...rest } = JSON.parse(line)
    try {
      if (!Object.hasOwn(known, name)) throw new Error(`unknown command ${name}`)
      const signal = AbortSignal.timeout(limitMs)
      setMaxListeners(Infinity, signal) // one for each block in flight
      say({ id, ...await known[name](rest, signal) })
    } catch (error) {
      say({ id, error: `${error.name}: ${error.message}` })
    }
  })
  .on('close', () => process.exit(0))
