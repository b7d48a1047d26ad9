// A protocol that sends back what comes, until its end: shows streams with much traffic both ways.
import { createHash, randomBytes } from 'node:crypto'

export const ECHO = '/spindrift-test/echo/1.0.0'
const PIECE = 65536

export async function answerEcho (stream) {
  try {
    for await (const piece of stream) await send(stream, piece)
    await stream.close()
  } catch (error) {
    stream.abort(error)
  }
}

export async function echo (libp2p, peer, bytes, signal) {
  const stream = await libp2p.dialProtocol(peer, ECHO, { signal })
  const abort = () => stream.abort(new Error('out of time'))
  signal.addEventListener('abort', abort)
  const [sent, received] = [createHash('sha256'), createHash('sha256')]
  const sending = (async () => {
    for (let left = bytes; left > 0; left -= PIECE) {
      const piece = randomBytes(Math.min(left, PIECE))
      sent.update(piece)
      await send(stream, piece)
    }
    await stream.close({ signal })
  })()
  let count = 0
  for await (const part of stream) {
    for (const piece of part instanceof Uint8Array ? [part] : part) received.update(piece)
    count += part.byteLength
  }
  await sending
  signal.removeEventListener('abort', abort)
  if (count !== bytes || sent.digest('hex') !== received.digest('hex')) {
    throw new Error(`${count} bytes came back of ${bytes}, or others`)
  }
  return { bytes: count }
}

async function send (stream, piece) {
  if (!stream.send(piece)) await stream.onDrain()
}
