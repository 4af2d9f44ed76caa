// The check that keeps the API compatible with its last release finds what would break it, and nothing else.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../', import.meta.url));
let folder;
before(async () => (folder = await mkdtemp(join(tmpdir(), 'parley-api-'))));
after(() => rm(folder, { recursive: true, force: true }));

// {code, output} of check_api on the .proto files with `from` in `file` replaced by `to`.
async function check(file, from, to) {
  const copy = join(folder, Math.random().toString(36).slice(2));
  await cp(join(repository, 'proto'), copy, { recursive: true });
  const path = join(copy, file);
  const text = await readFile(path, 'utf8');
  assert.ok(text.includes(from), `${file} holds: ${from}`);
  await writeFile(path, text.replace(from, to));
  const script = 'repository=$1; . "$1/tools/dev/output.sh"; . "$1/tools/dev/api.sh"; check_api "$2"';
  return new Promise((resolve) => {
    execFile('bash', ['-euc', script, 'bash', repository, copy], (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: stdout + stderr }));
  });
}

const kGateway = 'chat/v1/gateway_service.proto';
const kFrame = 'chat/v1/frame.proto';
const kService = 'chat/v1/chat_service.proto';

test('additions are compatible', async () => {
  const dance = 'message DanceRequest {}\nmessage DanceResponse {}\nservice ChatService {\n  rpc Dance(DanceRequest) returns (DanceResponse);\n';
  for (const [what, file, from, to] of [
    ['an item of a stream', kGateway, '    AttachHeartbeat heartbeat = 4;\n', '    AttachHeartbeat heartbeat = 4;\n    string notice = 5;\n'],
    ['a command', kFrame, '    SetNameCommand set_name = 6;\n', '    SetNameCommand set_name = 6;\n    string dance = 8;\n'],
    ['a route', kService, 'service ChatService {\n', dance],
  ]) {
    const { code, output } = await check(file, from, to);
    assert.equal(code, 0, `${what}: ${output}`);
  }
});

test('what would break another version fails, by name', async () => {
  for (const [what, file, from, to, complaint] of [
    ['another number', kGateway, 'string leave = 3;', 'string leave = 13;', /leave/],
    ['another name, for JSON', kFrame, 'string body = 2;', 'string text = 2;', /body.*text|text.*body/],
    ['another type', kService, 'int32 page_size = 2;', 'string page_size = 2;', /page_size/],
    ['a field taken away', kFrame, '  // See Message.client_time.\n  string client_time = 3;\n', '', /client_time/],
    ['a route taken away', kService, '  rpc SetName(SetNameRequest) returns (SetNameResponse);\n', '', /SetName/],
    ['another stream', kService, 'returns (stream SubscribeResponse)', 'returns (SubscribeResponse)', /Subscribe/],
    ['out of its oneof', kGateway, '    AttachHello hello = 1;\n', '    bool unused = 99;\n', /hello|"1"/],
  ]) {
    const { code, output } = await check(file, from, to);
    assert.notEqual(code, 0, `${what} passes`);
    assert.match(output, complaint, what);
  }
});
