const [bar, text] = [document.getElementById('bar'), document.getElementById('text')];

window.download?.onProgress(({ bytes, of, worstLateness, error }) => {
  bar.max = of;
  bar.value = bytes;
  const lateness = `worst lateness of a tick of the main process: ${worstLateness.toFixed(1)} ms`;
  text.textContent = error ?? `${(bytes / 1e6).toFixed(0)} of ${of / 1e6} MB, ${lateness}`;
});
