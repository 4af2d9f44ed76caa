// Build glue, put before the compiled page: says so where the page cannot run. C++ is of no help there.
var Module = {};
{
  const able = typeof WebAssembly == 'object' && typeof WebSocket == 'function';
  const fail = () => {
    const note = document.getElementById('failure');
    if (!note) return;
    // The sentence of index.html is about what the browser lacks.
    if (able) {
      note.textContent = 'Something went wrong on this page. Please load it again: nothing that you wrote is lost.';
    }
    note.hidden = false;
  };
  // The program's traps. Anything else that a browser tells here is not the page's.
  addEventListener('error', ({ error }) => { if (able && error instanceof WebAssembly.RuntimeError) fail(); });
  addEventListener('unhandledrejection', fail);  // of loading: the page itself has no promises
  if (!able) fail();
}
