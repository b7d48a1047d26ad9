// What a peer can be told to do, by name: (fields of the line, signal) => fields of the answer.
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, mkdir, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { unixfs } from '@helia/unixfs'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { exporter } from 'ipfs-unixfs-exporter'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'
import { echo } from './echo.mjs'

const CODECS = { raw: 0x55, 'dag-pb': 0x70 }
const DEFAULT_CHUNKER = 'size-1048576' // profile unixfs-v1-2025
const EXECUTABLE = 0o111

export function commands (peer, say) {
  const { libp2p, blockstore } = peer
  const files = unixfs(peer)
  const wants = new Map()

  async function writeTree (cid, to, signal) {
    const entry = await exporter(cid, blockstore, { signal })
    if (entry.type === 'directory') {
      await mkdir(to)
      for await (const child of entry.entries({ signal })) {
        await writeTree(child.cid, join(to, basename(child.name)), signal)
      }
    } else if (entry.unixfs?.type === 'symlink') {
      await symlink(Buffer.from(entry.unixfs.data), to)
    } else {
      await pipeline(entry.content({ signal }), createWriteStream(to))
      if (entry.unixfs?.mode & EXECUTABLE) await chmod(to, entry.unixfs.mode)
    }
  }

  return {
    async connect ({ address }, signal) {
      const connection = await libp2p.dial(multiaddr(address), { signal })
      return { peer: connection.remotePeer.toString() }
    },
    async disconnect ({ peer }, signal) {
      await libp2p.hangUp(peerIdFromString(peer), { signal })
    },
    async peers () {
      return { peers: await Promise.all(libp2p.getConnections().map(describe)) }
    },
    async ping ({ peer }, signal) {
      return { ms: await libp2p.services.ping.ping(peerIdFromString(peer), { signal }) }
    },
    async echo ({ peer, bytes }, signal) {
      return echo(libp2p, peerIdFromString(peer), bytes, signal)
    },
    async put ({ codec = 'raw', data }) {
      const block = Buffer.from(data, 'base64')
      const cid = CID.createV1(CODECS[codec], await sha256.digest(block))
      await blockstore.put(cid, block)
      return { cid: cid.toString() }
    },
    async add ({ path, chunker = DEFAULT_CHUNKER }) {
      const size = /^size-(\d+)$/.exec(chunker)
      if (!size) throw new Error(`Helia has no chunker ${chunker}`)
      const cid = await files.addByteStream(createReadStream(path), { chunker: fixedSize({ chunkSize: Number(size[1]) }) })
      return { cid: cid.toString() }
    },
    async has ({ cid }) {
      return { has: await blockstore.has(CID.parse(cid)) }
    },
    async block ({ cid }, signal) {
      return { data: Buffer.concat(await parts(blockstore.get(CID.parse(cid), { signal }))).toString('base64') }
    },
    async want ({ cid }) {
      const stop = new AbortController()
      wants.set(cid, stop)
      parts(blockstore.get(CID.parse(cid), { signal: stop.signal })).then(
        list => say({ event: 'block', cid, bytes: Buffer.concat(list).length }),
        error => { if (!stop.signal.aborted) say({ event: 'failed', cid, error: error.message }) })
    },
    async cancel ({ cid }) {
      wants.get(cid)?.abort()
      wants.delete(cid)
    },
    async cat ({ cid, to }, signal) {
      const start = performance.now()
      const hash = createHash('sha256')
      let bytes = 0
      let first
      async function * content () {
        for await (const part of files.cat(CID.parse(cid), { signal })) {
          first ??= performance.now()
          bytes += part.byteLength
          hash.update(part)
          yield part
        }
      }
      if (to) await pipeline(content(), createWriteStream(to))
      else for await (const _ of content()) ;
      return {
        bytes,
        ms: Math.round(performance.now() - start),
        firstByteMs: Math.round((first ?? start) - start),
        sha256: hash.digest('hex')
      }
    },
    async get ({ cid, to }, signal) {
      await writeTree(CID.parse(cid), to, signal)
    }
  }

  async function describe (connection) {
    const known = await libp2p.peerStore.get(connection.remotePeer)
    return {
      peer: connection.remotePeer.toString(),
      address: connection.remoteAddr.toString(),
      agent: new TextDecoder().decode(known.metadata.get('AgentVersion') ?? new Uint8Array()),
      protocols: known.protocols,
      security: connection.encryption,
      muxer: connection.multiplexer
    }
  }
}

// A block as a list, whether the store gives it whole or in parts.
async function parts (source) {
  const given = await source
  if (given instanceof Uint8Array) return [given]
  const list = []
  for await (const part of given) list.push(part)
  return list
}
