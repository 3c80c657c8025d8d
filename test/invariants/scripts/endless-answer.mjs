import { HTTPRequest } from 'tickhttp';

// Asks for an answer that does not end. Prints what becomes of it, and how many bytes this process had at most.
const [url = ''] = process.argv.slice(2);
const http = new HTTPRequest();
http.request(url);
const { result, responseCode, body, failure } = await http.completed();
const most = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ result, responseCode, size: body.length, code: failure?.code, most }));
