const [bar, text] = [document.getElementById('bar'), document.getElementById('text')];

window.download?.onProgress(({ bytes, of, latest, error }) => {
  bar.max = of;
  bar.value = bytes;
  const lateness = `latest tick of the main process: ${latest.toFixed(1)} ms late`;
  text.textContent = error ?? `${(bytes / 1e6).toFixed(0)} of ${of / 1e6} MB, ${lateness}`;
});
