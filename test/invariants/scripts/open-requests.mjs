import { HTTPRequest, tick, WorkerPool } from 'tickhttp';

// Comes to its end with whole requests under way. In the states "awaited..." something waits for one: it is printed what that
// has told.
const [state = '', port] = process.argv.slice(2);
const pool = new WorkerPool({ threads: 2 });
const url = `http://127.0.0.1:${port}`;
const http = new HTTPRequest({ pool });
http.requestCompleted.connect(() => {});
const turn = () => new Promise((resolve) => setImmediate(resolve));

switch (state) {
  case 'none':
    break;
  case 'just started':
    http.request(`${url}/bytes/5`);
    break;
  case 'waiting':
    http.request(`${url}/hang`);
    for (let turns = 0; turns < 1000; turns++) await turn();
    tick();
    break;
  case 'many':
    for (let count = 0; count < 100; count++) new HTTPRequest({ pool }).request(`${url}/hang`);
    break;
  case 'complete':
    http.request(`${url}/bytes/5`);
    while (http.isBusy()) http.poll();
    break;
  case 'was awaited':
    // What had been awaited holds nothing any more, and another is under way.
    http.request(`${url}/bytes/5`);
    await http.completed();
    http.request(`${url}/hang`);
    break;
  case 'cancelled':
    http.request(`${url}/hang`);
    http.completed().then(({ failure }) => console.log(failure?.code));
    http.cancelRequest();
    break;
  case 'awaited':
    http.request(`${url}/slow/3000`);
    http.completed().then(({ body }) => console.log('awaited', body.length));
    break;
  case 'awaited in turn':
    void inTurn();
    break;
  case 'awaited till the timeout':
    http.timeout = 0.5;
    http.request(`${url}/hang`);
    http.completed().then(({ result }) => console.log('result', result));
    break;
  default:
    throw new Error(`no state ${state}`);
}
console.log('the last line');

async function inTurn() {
  for (let count = 0; count < 50; count++) {
    http.request(`${url}/bytes/${count}`);
    const { body } = await http.completed();
    if (body.length !== count) throw new Error(`${body.length} bytes`);
  }
  console.log('awaited 50');
}
