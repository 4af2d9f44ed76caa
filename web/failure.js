// Build glue, put before the compiled page: says so where the page cannot run, with the sentence that index.html has.
(() => {
  const fail = () => { const note = document.getElementById('failure'); if (note) note.hidden = false; };
  Module['onAbort'] = fail;
  addEventListener('error', (event) => { if (event.error instanceof Error) fail(); });
  if (typeof WebAssembly != 'object' || typeof WebSocket != 'function') {
    fail();
    Module['noInitialRun'] = true;
  }
})();
