const { contextBridge, ipcRenderer } = require('electron');

contextBridge.exposeInMainWorld('checks', {
  report: (/** @type {string | boolean} */ message) => ipcRenderer.send('checks', message),
});
