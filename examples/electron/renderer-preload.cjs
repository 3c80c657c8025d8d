const { ipcRenderer } = require('electron');
const { HTTPClient } = require('tickhttp');

const http = new HTTPClient();
http.connectToHost('127.0.0.1', 80);
ipcRenderer.send('refusal', http.getLastError() ?? { code: '', message: 'tickhttp has started here' });
