const { contextBridge, ipcRenderer } = require('electron');

contextBridge.exposeInMainWorld('download', {
  onProgress: (/** @type {(progress: unknown) => void} */ listener) =>
    ipcRenderer.on('progress', (_event, progress) => listener(progress)),
});
