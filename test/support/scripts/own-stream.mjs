import { Duplex } from 'node:stream';
import { HTTPClient, Status, StreamPeer } from 'tickhttp';

const http = new HTTPClient();
const duplex = new Duplex({ read() {}, write: (_bytes, _encoding, done) => done() });
http.connection = StreamPeer.fromDuplex(duplex);
http.connection?.putData(Buffer.from('hi'));
// It is wanted to the end: a client that nobody can reach is collected, and its stream closed.
process.on('exit', () => {
  if (http.getStatus() === Status.CONNECTED) console.log('connected');
});
