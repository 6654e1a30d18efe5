// hocuspocus, in memory, on an ephemeral port. Prints `ready PORT`.
import { Server } from '@hocuspocus/server'

const server = new Server({ port: 0, address: '127.0.0.1', quiet: true })
await server.listen()
console.log(`ready ${server.address.port}`)
