// Build glue, put behind the compiled page: while its Wasm file is under way, the browser reads this site's storage from
// disk, which it does when somebody looks into it first.
try { localStorage.length; } catch (forbidden) {}
