// The document server of Yjs itself, in memory, on an ephemeral port. Prints `ready PORT`.
import http from 'node:http'
import { setupWSConnection } from '@y/websocket-server/utils'
import { WebSocketServer } from 'ws'

const server = http.createServer()
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
server.on('upgrade', (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (ws) => setupWSConnection(ws, request))
})
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`))
