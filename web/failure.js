// Build glue, put before the compiled page: says so where the page cannot run. C++ is of no help there.
(() => {
  const able = typeof WebAssembly == 'object' && typeof WebSocket == 'function';
  const fail = () => {
    const note = document.getElementById('failure');
    if (!note) return;
    // The sentence of index.html is about what the browser lacks.
    if (able) note.textContent = 'Something went wrong on this page. Please load it again: nothing that you wrote is lost.';
    note.hidden = false;
  };
  Module['onAbort'] = fail;
  addEventListener('error', (event) => { if (able && event.error instanceof WebAssembly.RuntimeError) fail(); });
  addEventListener('unhandledrejection', fail);  // of loading: the page itself has no promises
  if (!able) {
    fail();
    Module['noInitialRun'] = true;
  }
})();
