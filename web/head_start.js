// Build glue, put behind the compiled page: what the browser can make ready while the Wasm file is under way, for both take
// as long as drawing a screenful. It reads this site's storage from disk when somebody looks into it first; and the
// clock's format depends on tables of its language (web/dom/browser_local_time.cc).
try { localStorage.length; } catch (forbidden) {}
Module.clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
